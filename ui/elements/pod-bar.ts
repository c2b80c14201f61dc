import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import type { Workload } from '../../api/contract.ts';
import { formatCompact } from '../format/quantity.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

/** Up to this many pods each has a segment of its own; above, the parts are drawn in proportion. */
const limitSegments = 12;
const width = 72;
const height = 6;
const gap = 1.5;

export interface PodBar {
  availability: Workload['availability'] | null;
}

/** How many pods are wanted, ready and available: a number, and a bar that shows it at a glance. */
export class PodBar extends LitElement {
  static override readonly properties: PropertyDeclarations = { availability: { attribute: false } };

  constructor() {
    super();
    this.availability = null;
  }

  override render() {
    if (this.availability === null) return nothing;
    const { desired, ready, available } = this.availability;
    return html`<span class="number"
        ><span aria-hidden="true">${compact(available)}/${compact(desired)}</span
        ><span class="hidden-text">${texts.workloads.podsLabel(available, desired)}</span></span
      ><svg viewBox="0 0 ${width} ${height}" aria-hidden="true" preserveAspectRatio="none">
        ${desired <= limitSegments ? this.#segments(desired, ready, available) : this.#share(desired, ready, available)}
      </svg>`;
  }

  #segments(desired: number, ready: number, available: number) {
    const each = (width + gap) / Math.max(1, desired) - gap;
    return Array.from({ length: desired }, (_, index) => {
      const part = index < available ? 'available' : index < ready ? 'ready' : 'missing';
      return svg`<rect class=${part} x=${index * (each + gap)} y="0" width=${each} height=${height} rx="1.5"></rect>`;
    });
  }

  #share(desired: number, ready: number, available: number) {
    const scale = width / desired;
    return [
      svg`<rect class="missing" x="0" y="0" width=${width} height=${height} rx="1.5"></rect>`,
      svg`<rect class="ready" x="0" y="0" width=${Math.min(ready, desired) * scale} height=${height} rx="1.5"></rect>`,
      svg`<rect class="available" x="0" y="0" width=${Math.min(available, desired) * scale} height=${height} rx="1.5"></rect>`,
    ];
  }

  static override readonly styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        font-size: var(--size-3);
      }

      .number {
        min-width: 2.9em;
        white-space: nowrap;
      }

      svg {
        flex: 1 1 3rem;
        min-width: 1.5rem;
        max-width: 4.5rem;
        height: 6px;
        overflow: visible;
      }

      .available {
        fill: var(--healthy);
      }

      .ready {
        fill: var(--progressing);
      }

      .missing {
        fill: var(--surface-hover);
        stroke: var(--line-strong);
        stroke-width: 0.8;
        vector-effect: non-scaling-stroke;
      }

      @media (forced-colors: active) {
        .available {
          fill: CanvasText;
        }

        .ready {
          fill: GrayText;
        }

        .missing {
          fill: Canvas;
        }
      }
    `,
  ];
}

function compact(count: number): string {
  return formatCompact(count, texts.locale);
}

customElements.define('pod-bar', PodBar);

declare global {
  interface HTMLElementTagNameMap {
    'pod-bar': PodBar;
  }
}
