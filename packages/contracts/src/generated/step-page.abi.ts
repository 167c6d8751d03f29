// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
/** The ABI of StepPage. */
export const stepPageAbi = [{"type":"constructor","inputs":[],"stateMutability":"nonpayable"}] as const;
