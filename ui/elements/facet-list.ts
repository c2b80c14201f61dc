import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { isState, severityRank } from '../../health/workload.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { type Facet, facets, type FacetValue, noPartOf } from '../data/filter.ts';
import { formatCompact } from '../format/quantity.ts';
import { base, controls } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import './state-mark.ts';

/** Values of a facet that are shown before "show more". */
const limitShown = 8;

export class FacetEvent extends Event {
  static readonly type = 'facet';
  readonly facet: Facet;
  readonly value: string;

  constructor(facet: Facet, value: string) {
    super(FacetEvent.type);
    this.facet = facet;
    this.value = value;
  }
}

export interface FacetList {
  facets: Readonly<Record<Facet, readonly FacetValue[]>> | null;
  _open: ReadonlySet<Facet>;
}

/** What the list can be narrowed to, with how many workloads each choice has. */
export class FacetList extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    facets: { attribute: false },
    _open: { state: true },
  };

  constructor() {
    super();
    this.facets = null;
    this._open = new Set();
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const values = this.facets;
    if (values === null) return nothing;
    return facets
      .filter((facet) => values[facet].length > 1 || values[facet].some((value) => value.selected))
      .map((facet) => this.#facet(facet, ordered(facet, values[facet])));
  }

  #facet(facet: Facet, values: readonly FacetValue[]) {
    const open = this._open.has(facet);
    const shown = open ? values : values.filter((value, index) => index < limitShown || value.selected);
    return html`<fieldset>
      <legend>${texts.workloads.facetNames[facet]}</legend>
      ${shown.map((value) => this.#value(facet, value))}
      ${
        shown.length < values.length
          ? html`<button type="button" class="bare small" @click=${() => this.#unfold(facet)}>
              ${texts.app.showMore(values.length - shown.length)}
            </button>`
          : nothing
      }
    </fieldset>`;
  }

  #value(facet: Facet, { value, title, count, selected }: FacetValue) {
    const state = facet === 'state' && isState(value) ? value : null;
    const word = state !== null ? texts.states[state] : wordOf(facet, value, title);
    return html`<label class=${selected ? 'selected' : ''} title=${state === null ? value : texts.stateMeanings[state]}>
      <input
        type="checkbox"
        .checked=${selected}
        @change=${() => this.dispatchEvent(new FacetEvent(facet, value))}
      />
      ${state === null ? nothing : html`<state-mark .state=${state}></state-mark>`}
      <span class="cut">${word}</span>
      <span class="count number">${formatCompact(count, texts.locale)}</span>
    </label>`;
  }

  #unfold(facet: Facet): void {
    this._open = new Set([...this._open, facet]);
  }

  static override readonly styles = [
    base,
    controls,
    css`
      fieldset {
        margin: 0 0 var(--gap-4);
        padding: 0;
        border: 0;
        min-width: 0;
      }

      legend {
        padding: 0 var(--gap-2) var(--gap-1);
        color: var(--text-faint);
        font-size: var(--size-2);
        font-weight: 500;
      }

      label {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        min-height: 1.75rem;
        padding: 0 var(--gap-2);
        border-radius: 6px;
        color: var(--text-soft);
        font-size: var(--size-3);
        cursor: pointer;
      }

      label:hover {
        background: var(--surface-hover);
      }

      .selected {
        color: var(--text);
        font-weight: 550;
        background: var(--surface-selected);
      }

      input {
        min-height: 0;
        margin: 0;
        accent-color: var(--accent);
      }

      state-mark {
        width: 0.875rem;
        height: 0.875rem;
        --surface: var(--page);
      }

      .count {
        margin-inline-start: auto;
        color: var(--text-faint);
        font-size: var(--size-2);
        font-weight: 400;
      }

      @media (pointer: coarse) {
        label {
          min-height: 2.5rem;
        }
      }
    `,
  ];
}

/** States by severity, everything else by how many there are. */
function ordered(facet: Facet, values: readonly FacetValue[]): readonly FacetValue[] {
  return values.toSorted((left, right) => {
    if (facet === 'state' && isState(left.value) && isState(right.value)) {
      return severityRank(left.value) - severityRank(right.value);
    }
    return right.count - left.count || (left.value < right.value ? -1 : 1);
  });
}

function wordOf(facet: Facet, value: string, title: string): string {
  if (facet === 'cause') return causeTitle(value, title);
  return facet === 'partOf' && value === noPartOf ? texts.workloads.noPartOf : value;
}

customElements.define('facet-list', FacetList);

declare global {
  interface HTMLElementTagNameMap {
    'facet-list': FacetList;
  }
}
