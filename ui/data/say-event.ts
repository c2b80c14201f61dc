/** A word about what a key or a click did, shown for a moment: `dispatchEvent(new SayEvent(texts.app.copied))`. */
export class SayEvent extends Event {
  static readonly type = 'maintenant-say';
  readonly text: string;

  constructor(text: string) {
    super(SayEvent.type, { bubbles: true, composed: true });
    this.text = text;
  }
}
