import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Rollout } from '../../api/contract.ts';
import type { WorkloadName } from '../../health/workload.ts';
import { outcomeStates } from '../data/activity.ts';
import type { ApiClient } from '../data/api-client.ts';
import { PagedController } from '../data/paged-controller.ts';
import { formatDuration } from '../format/duration.ts';
import { shortImage } from '../format/image.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './basics.ts';

export interface RolloutListElement {
  api: ApiClient | null;
  workload: WorkloadName | null;
  touched: number;
}

/** Rollouts of a workload, newest first, each with what it changed. */
export class RolloutListElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    workload: { attribute: false },
    touched: { type: Number },
  };

  readonly #rollouts = new PagedController<Rollout>(this);

  constructor() {
    super();
    this.api = null;
    this.workload = null;
    this.touched = 0;
  }

  protected override willUpdate(): void {
    const { api, workload } = this;
    if (api === null || workload === null) return;
    this.#rollouts.ask(
      `${workload.namespace}/${workload.kind}/${workload.name}`,
      (cursor, signal) => api.workloadRollouts(workload, { limit: 50, cursor }, signal),
      this.touched,
    );
  }

  override render() {
    const { items, loaded, loading, error, more } = this.#rollouts.state;
    if (!loaded)
      return html`<fetch-notice .error=${error} .loading=${loading} @again=${() => this.#rollouts.refresh()}></fetch-notice>`;
    if (items.length === 0) return html`<notice-box kind="empty" .heading=${texts.rollout.empty}></notice-box>`;
    return html`<ol>
        ${items.map((rollout) => this.#rollout(rollout))}
      </ol>
      ${more ? html`<p><button type="button" @click=${() => this.#rollouts.more()}>${texts.events.loadMore}</button></p>` : nothing}`;
  }

  #rollout({ revision, startedAt, finishedAt, outcome, images, changes }: Rollout) {
    // Of a rollout that nobody watched neither what it changed is known nor when it ended.
    const lengthMs =
      finishedAt === null || changes.length === 0 ? null : Date.parse(finishedAt) - Date.parse(startedAt);
    return html`<li>
      <state-mark .state=${outcomeStates[outcome]}></state-mark>
      <div>
        <p class="head">
          <strong>${texts.detail.revision(revision)}</strong>
          <span>${texts.rollout.outcomes[outcome]}</span>
          <span class="soft"><time-at .at=${startedAt}></time-at> (<time-ago .at=${startedAt} .form=${'ago'}></time-ago>)</span>
          ${lengthMs === null ? nothing : html`<span class="soft">${texts.rollout.took(formatDuration(lengthMs, texts.units))}</span>`}
          <span class="code soft">${images.map(shortImage).join(', ')}</span>
        </p>
        <template-changes .changes=${changes}></template-changes>
      </div>
    </li>`;
  }

  static override readonly styles = [
    base,
    controls,
    css`
      li {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr);
        gap: var(--gap-3);
        padding: var(--gap-3) var(--gap-4);
        font-size: var(--size-3);
      }

      li + li {
        border-block-start: 1px solid var(--line);
      }

      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-3);
        margin-block-end: var(--gap-1);
      }

      time-at,
      time-ago {
        display: inline;
      }

      :host > p {
        padding: var(--gap-3) var(--gap-4);
      }
    `,
  ];
}

customElements.define('rollout-list', RolloutListElement);

declare global {
  interface HTMLElementTagNameMap {
    'rollout-list': RolloutListElement;
  }
}
