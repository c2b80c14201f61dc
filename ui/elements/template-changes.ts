import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Rollout } from '../../api/contract.ts';
import { parseImage } from '../format/image.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

export interface TemplateChanges {
  changes: Rollout['changes'];
  /** Show at most this many. */
  limit: number;
  /** A line for each change, images without what they share: for a card. */
  compact: boolean;
}

/** What a rollout changed in the pod template, field by field. */
export class TemplateChanges extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    changes: { attribute: false },
    limit: { type: Number },
    compact: { type: Boolean, reflect: true },
  };

  constructor() {
    super();
    this.changes = [];
    this.limit = 20;
    this.compact = false;
  }

  override render() {
    if (this.changes.length === 0) return html`<p class="faint">${texts.rollout.noChanges}</p>`;
    return html`<dl>
      ${this.changes.slice(0, this.limit).map(
        ({ path, from, to, redacted }) => html`<div>
          <dt>${path}</dt>
          <dd>
            ${
              redacted
                ? html`<em>${hiddenText(from, to)}</em>`
                : html`<del>${this.#value(from, to)}</del><span aria-hidden="true"> → </span
                    ><ins>${this.#value(to, from)}</ins>`
            }
          </dd>
        </div>`,
      )}
    </dl>
    ${this.changes.length > this.limit ? html`<p class="faint">${texts.app.andMore(this.changes.length - this.limit)}</p>` : nothing}`;
  }

  /** In a card an image beside another of the same repository is its tag alone. */
  #value(value: string | null, other: string | null): string {
    if (value === null) return texts.detail.absent;
    if (!this.compact || other === null) return value;
    const image = parseImage(value);
    const beside = parseImage(other);
    const isSame = image.registry === beside.registry && image.repository === beside.repository;
    return isSame && image.tag !== null && image.tag !== beside.tag ? image.tag : value;
  }

  static override readonly styles = [
    base,
    css`
      dl {
        display: grid;
        gap: var(--gap-1);
        font: 400 var(--size-2) / 1.5 var(--font-code);
        overflow-wrap: anywhere;
      }

      dl > div {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-3);
      }

      dt {
        color: var(--text-faint);
      }

      del {
        color: var(--text-soft);
        text-decoration-color: var(--down);
      }

      ins {
        color: var(--text);
        font-weight: 600;
        text-decoration-color: var(--healthy);
        text-decoration-thickness: 1px;
        text-underline-offset: 0.2em;
      }

      em {
        color: var(--text-faint);
      }

      p {
        font-size: var(--size-2);
      }

      :host([compact]) dl > div {
        display: block;
      }

      :host([compact]) :is(dt, dd) {
        display: inline;
      }
    `,
  ];
}

/** A change in one line of plain text. */
export function changeText({ path, from, to, redacted }: Rollout['changes'][number]): string {
  if (redacted) return `${path}: ${hiddenText(from, to)}`;
  return `${path}: ${from ?? texts.detail.absent} → ${to ?? texts.detail.absent}`;
}

/** Of a value that is not shown, what can be said. */
function hiddenText(from: string | null, to: string | null): string {
  if (from === null && to !== null) return texts.detail.redactedAdded;
  if (from !== null && to === null) return texts.detail.redactedRemoved;
  return texts.detail.redacted;
}

customElements.define('template-changes', TemplateChanges);

declare global {
  interface HTMLElementTagNameMap {
    'template-changes': TemplateChanges;
  }
}
