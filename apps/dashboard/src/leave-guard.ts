const WORDS =
  'A wallet is being asked to sign, and the page would see no more of what becomes of it. Leave? Nothing further is asked of the wallet then.';

/** Marks of the work that a wallet signs for now. */
const signing = new Set<object>();

/** Has the browser ask before the page is left, until the work is done. */
export async function whileSigning<Value>(work: () => Promise<Value>): Promise<Value> {
  const mark = {};
  signing.add(mark);
  addEventListener('beforeunload', ask);
  try {
    return await work();
  } finally {
    signing.delete(mark);
    if (signing.size === 0) removeEventListener('beforeunload', ask);
  }
}

/** Whether a view may be left: at once where nothing is signed, else as its user says. */
export function mayLeave(): boolean {
  if (signing.size > 0 && !confirm(WORDS)) return false;
  // What was left is not asked about again.
  signing.clear();
  removeEventListener('beforeunload', ask);
  return true;
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
