import { css, html, nothing } from 'lit';
import type { WorkloadDetail } from '../../api/contract.ts';
import { texts } from '../texts/catalogue.ts';

/** The head of the picture of each kind: its title, the phase of the rollout, and how far it is while it moves. */
export function rolloutHeader(title: string, { phase, updated, target }: WorkloadDetail['rollout']) {
  return html`<header>
    <h2>${title}</h2>
    <span class="soft"
      >${texts.rollout.phases[phase]}${phase === 'settled' ? nothing : html` · ${texts.rollout.progress(updated, target)}`}</span
    >
  </header>`;
}

export const rolloutHeaderStyles = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: var(--gap-1) var(--gap-3);
    padding: var(--gap-3) var(--gap-4);
    font-size: var(--size-3);
  }
`;
