import type { ObservedEvent, Observer } from '../ports/observer.js';

/** Records every event. */
export class RecordingObserver implements Observer {
  readonly events: ObservedEvent[] = [];

  observe(event: ObservedEvent): void {
    this.events.push(event);
  }

  /** Events of one name, in order. */
  named(name: string): ObservedEvent[] {
    return this.events.filter((event) => event.name === name);
  }
}
