import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import { states } from '../../health/workload.ts';
import { fields, type Unknown } from '../data/query.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const settleMs = 150;

/** The text as it stands after typing paused. */
export class QueryEvent extends Event {
  static readonly type = 'query';
  readonly text: string;

  constructor(text: string) {
    super(QueryEvent.type);
    this.text = text;
  }
}

export interface QueryField {
  text: string;
  /** Terms that were not understood. */
  unknown: readonly Unknown[];
}

/** The filter as text, in the language of `data/query.ts`. */
export class QueryField extends LitElement {
  static override readonly properties: PropertyDeclarations = { text: {}, unknown: { attribute: false } };

  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    this.text = '';
    this.unknown = [];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#cancel();
  }

  override focus(): void {
    const input = this.renderRoot.querySelector('input');
    input?.focus();
    input?.select();
  }

  override render() {
    const wrong = this.unknown
      .map(({ source, expects }) => texts.workloads.badQuery(source, expectedText(expects)))
      .join(' ');
    return html`<label>
        <span class="hidden-text">${texts.workloads.search}</span>
        <svg viewBox="0 0 16 16" aria-hidden="true">${svg`<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>`}</svg>
        <input
          type="search"
          .value=${this.text}
          placeholder=${texts.workloads.searchHint}
          spellcheck="false"
          autocapitalize="off"
          autocomplete="off"
          aria-invalid=${wrong === '' ? 'false' : 'true'}
          aria-describedby=${wrong === '' ? nothing : 'wrong'}
          @input=${this.#typed}
          @keydown=${this.#pressed}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      ${wrong === '' ? nothing : html`<p id="wrong" role="status">${wrong}</p>`}`;
  }

  readonly #typed = (event: InputEvent): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const { value } = event.target;
    this.#cancel();
    this.#timer = setTimeout(() => this.#say(value), settleMs);
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (event.key === 'Enter') this.#say(event.target.value);
    if (event.key === 'Escape') {
      if (event.target.value === '') event.target.blur();
      else this.#say('');
    }
  };

  #say(text: string): void {
    this.#cancel();
    this.text = text;
    this.dispatchEvent(new QueryEvent(text));
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  static override readonly styles = [
    base,
    controls,
    css`
      label {
        position: relative;
        display: block;
      }

      input[type="search"] {
        width: 100%;
        min-height: 2.25rem;
        padding-inline: 2.1rem 2.25rem;
      }

      input[type="search"]::-webkit-search-cancel-button {
        display: none;
      }

      svg {
        position: absolute;
        inset-inline-start: 0.65rem;
        top: 50%;
        width: 1rem;
        height: 1rem;
        translate: 0 -50%;
        fill: none;
        stroke: var(--text-faint);
        stroke-width: 1.6;
        stroke-linecap: round;
        pointer-events: none;
      }

      kbd {
        position: absolute;
        inset-inline-end: 0.6rem;
        top: 50%;
        translate: 0 -50%;
        padding: 0.1rem 0.4rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-1);
        color: var(--text-faint);
        font: 500 var(--size-1) / 1.4 var(--font-code);
        pointer-events: none;
      }

      p {
        padding: var(--gap-1) var(--gap-2) 0;
        color: var(--down-text);
        font-size: var(--size-2);
      }
    `,
  ];
}

function expectedText(expects: Unknown['expects']): string {
  switch (expects) {
    case 'field':
      return texts.workloads.queryFields(fields.join(', '));
    case 'state':
      return texts.workloads.queryOneOf([...states, 'broken', 'unhealthy'].join(', ').toLowerCase());
    case 'kind':
      return texts.workloads.queryOneOf('deploy, sts, ds');
    case 'number':
      return texts.workloads.queryLike('>3, <=10');
    case 'duration':
      return texts.workloads.queryLike('<1h, >30min, >2d');
    case 'value':
      return texts.workloads.queryValue;
    default:
      return expects satisfies never;
  }
}

customElements.define('query-field', QueryField);

declare global {
  interface HTMLElementTagNameMap {
    'query-field': QueryField;
  }
}
