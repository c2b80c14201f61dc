import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { TimeZoneChoice } from '../format/instant.ts';

/**
 * How things are displayed stands as attributes on <html>, where style sheets read it too; elements that write times
 * read the zone there and are drawn again when it changes.
 */
export const displayChanged = 'maintenant-display';

export function chosenZone(): TimeZoneChoice {
  return document.documentElement.dataset['zone'] === 'utc' ? 'utc' : 'local';
}

export class DisplayController implements ReactiveController {
  readonly #redraw: () => void;

  constructor(host: ReactiveControllerHost) {
    this.#redraw = () => host.requestUpdate();
  }

  hostConnected(): void {
    document.addEventListener(displayChanged, this.#redraw);
  }

  hostDisconnected(): void {
    document.removeEventListener(displayChanged, this.#redraw);
  }
}
