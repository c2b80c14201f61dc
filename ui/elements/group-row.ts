import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { states } from '../../health/workload.ts';
import type { WorkloadGroup } from '../data/group.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './state-mark.ts';

export interface GroupRow {
  group: WorkloadGroup | null;
}

/** Heading of a group in the list: its worst state and how many workloads are in each. */
export class GroupRow extends LitElement {
  static override readonly properties: PropertyDeclarations = { group: { attribute: false } };

  constructor() {
    super();
    this.group = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'row');
  }

  override render() {
    const { group } = this;
    if (group === null) return nothing;
    return html`<div role="rowheader">
      <state-mark .state=${group.worst} label></state-mark>
      <strong class="cut">${group.name || texts.workloads.noPartOf}</strong>
      <span class="counts">
        ${states
          .filter((state) => (group.counts[state] ?? 0) > 0)
          .map(
            (state) => html`<span title=${texts.states[state]}
              ><state-mark .state=${state} label></state-mark><span class="number">${group.counts[state]}</span></span
            >`,
          )}
      </span>
    </div>`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        height: var(--row-height);
        padding: 0 var(--gap-4);
        border-block-end: 1px solid var(--line);
        background: var(--surface-inset);
        contain: strict;
      }

      div {
        display: flex;
        align-items: center;
        gap: var(--gap-3);
        height: 100%;
        font-size: var(--size-3);
      }

      .counts,
      .counts > span {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-1);
        color: var(--text-soft);
      }

      .counts {
        gap: var(--gap-3);
        margin-inline-start: auto;
      }

      .counts state-mark {
        width: 0.8rem;
        height: 0.8rem;
      }
    `,
  ];
}

customElements.define('group-row', GroupRow);

declare global {
  interface HTMLElementTagNameMap {
    'group-row': GroupRow;
  }
}
