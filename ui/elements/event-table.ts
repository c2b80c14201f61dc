import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Event as ClusterEvent } from '../../api/contract.ts';
import type { WorkloadName } from '../../health/workload.ts';
import type { ApiClient } from '../data/api-client.ts';
import { PagedController } from '../data/paged-controller.ts';
import { base, controls, table } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './basics.ts';

export interface EventTable {
  api: ApiClient | null;
  workload: WorkloadName | null;
  /** Raised when the workload changed. */
  touched: number;
}

/** Stored events of a workload and its pods: they outlive the hour that the cluster keeps them. */
export class EventTable extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    workload: { attribute: false },
    touched: { type: Number },
  };

  readonly #events = new PagedController<ClusterEvent>(this);

  constructor() {
    super();
    this.api = null;
    this.workload = null;
    this.touched = 0;
  }

  protected override willUpdate(): void {
    const { api, workload } = this;
    if (api === null || workload === null) return;
    this.#events.ask(
      `${workload.namespace}/${workload.kind}/${workload.name}`,
      (cursor, signal) => api.workloadEvents(workload, { limit: 100, cursor }, signal),
      this.touched,
    );
  }

  override render() {
    const { items, loaded, loading, error, more } = this.#events.state;
    if (!loaded)
      return html`<fetch-notice .error=${error} .loading=${loading} @again=${() => this.#events.refresh()}></fetch-notice>`;
    if (items.length === 0) {
      return html`<notice-box kind="empty" .heading=${texts.events.empty(texts.events.window)}></notice-box>`;
    }
    const columns = texts.events.columns;
    return html`<div class="scroll" tabindex="0">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">${columns.at}</th>
              <th scope="col">${columns.type}</th>
              <th scope="col">${columns.reason}</th>
              <th scope="col">${columns.object}</th>
              <th scope="col">${columns.message}</th>
            </tr>
          </thead>
          <tbody>
            ${items.map((event) => this.#event(event))}
          </tbody>
        </table>
      </div>
      ${more ? html`<p><button type="button" @click=${() => this.#events.more()}>${texts.events.loadMore}</button></p>` : nothing}`;
  }

  #event({ type, reason, message, count, lastAt, object }: ClusterEvent) {
    return html`<tr class=${type}>
      <td class="soft"><time-ago .at=${lastAt} .form=${'ago'}></time-ago></td>
      <td class="type">${texts.events.types[type]}</td>
      <td>${reason}${count > 1 ? html` <span class="number faint">${texts.events.times(count)}</span>` : nothing}</td>
      <td class="object"><span class="soft">${object.kind}</span> ${object.name}</td>
      <td class="message line">${message}</td>
    </tr>`;
  }

  static override readonly styles = [
    base,
    controls,
    table,
    css`
      .Warning .type {
        color: var(--degraded-text);
        font-weight: 600;
      }

      .object,
      .message {
        overflow-wrap: anywhere;
      }

      .object {
        min-width: 10rem;
      }

      .message {
        min-width: 18rem;
        white-space: pre-line;
      }

      td:first-child {
        white-space: nowrap;
      }

      @media (max-width: 40rem) {
        .object,
        .message {
          min-width: 0;
        }

        .object {
          flex-basis: 100%;
          font-size: var(--size-2);
        }
      }

      p {
        padding: var(--gap-3) var(--gap-4);
      }
    `,
  ];
}

customElements.define('event-table', EventTable);

declare global {
  interface HTMLElementTagNameMap {
    'event-table': EventTable;
  }
}
