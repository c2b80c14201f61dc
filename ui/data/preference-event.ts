import type { Preferences } from './preferences.ts';

/** Asked of the shell by any element: a person chose something that this browser should remember. */
export class PreferenceEvent extends Event {
  static readonly type = 'maintenant-preference';
  readonly part: Partial<Preferences>;

  constructor(part: Partial<Preferences>) {
    super(PreferenceEvent.type, { bubbles: true, composed: true });
    this.part = part;
  }
}
