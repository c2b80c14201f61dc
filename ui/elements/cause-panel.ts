import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Cause, Evidence } from '../../api/contract.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { base, controls } from '../styles/controls.ts';
import { causeMeaning, causeRemedy, causeTitle, texts } from '../texts/catalogue.ts';
import './command-line.ts';
import './time-ago.ts';

export interface CausePanel {
  cause: Cause | null;
  /** Without the title, where it stands above already. */
  headless: boolean;
}

/** A cause in full: what, evidence, what to do, how to look for oneself. */
export class CausePanel extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    cause: { attribute: false },
    headless: { type: Boolean },
  };

  constructor() {
    super();
    this.cause = null;
    this.headless = false;
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const { cause } = this;
    if (cause === null) return nothing;
    const meaning = causeMeaning(cause.code);
    return html`
      ${this.headless ? nothing : html`<h3>${causeTitle(cause.code, cause.title)}</h3>`}
      ${meaning === null ? nothing : html`<p class="remedy">${meaning}</p>`}
      <p class="message" lang="en">${cause.message}</p>
      <p class="facts">
        <span class="code" title=${cause.severity}>${cause.code}</span>
        ${cause.pods > 0 ? html`<span>${texts.detail.podsAffected(cause.pods)}</span>` : nothing}
        ${cause.since === null ? nothing : html`<time-ago .at=${cause.since}></time-ago>`}
      </p>
      ${
        cause.evidence.length === 0
          ? nothing
          : html`<p class="label">${texts.detail.evidence}</p>
              <ul class="evidence">
                ${cause.evidence.map((evidence) => this.#evidence(evidence))}
              </ul>`
      }
      ${cause.remedy === '' ? nothing : html`<p class="label">${texts.detail.remedy}</p><p class="remedy">${causeRemedy(cause.code, cause.remedy)}</p>`}
      ${
        cause.commands.length === 0
          ? nothing
          : html`<p class="label">${texts.detail.commands}</p>
              <div class="commands">
                ${cause.commands.map((command) => html`<command-line .command=${command}></command-line>`)}
              </div>`
      }
      ${
        cause.runbook === null || !isWebAddress(cause.runbook)
          ? nothing
          : html`<p>
              <a href=${cause.runbook} target="_blank" rel="noreferrer"
                >${texts.board.runbook}<span class="hidden-text"> (${texts.app.opensOutside})</span> ↗</a
              >
            </p>`
      }
    `;
  }

  #evidence({ object, field, text, at }: Evidence) {
    return html`<li>
      <span class="source"
        ><span class="kind">${object.kind}</span> ${object.name}${field === null ? nothing : html` <span class="code">${field}</span>`}${
          at === null ? nothing : html` <time-ago .at=${at} .form=${'ago'}></time-ago>`
        }</span
      >
      <q tabindex="0">${text}</q>
    </li>`;
  }

  static override readonly styles = [
    base,
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--gap-2);
        min-width: 0;
        overflow-wrap: anywhere;
      }

      h3 {
        font-size: var(--size-5);
        font-weight: 600;
      }

      .label {
        margin: var(--gap-2) 0 0;
        color: var(--text-faint);
        font-size: var(--size-2);
        font-weight: 500;
      }

      .message,
      .remedy {
        max-width: 75ch;
      }

      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-1) var(--gap-4);
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .evidence {
        display: flex;
        flex-direction: column;
        gap: var(--gap-2);
        font-size: var(--size-3);
      }

      .source {
        display: block;
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .source time-ago {
        display: inline;
      }

      .kind {
        font-weight: 550;
        color: var(--text-soft);
      }

      q {
        display: block;
        max-height: 8.5rem;
        overflow-y: auto;
        padding: var(--gap-1) var(--gap-3);
        border-inline-start: 2px solid var(--line-strong);
        font: 400 var(--size-2) / 1.55 var(--font-code);
        white-space: pre-wrap;
        quotes: none;
      }

      .commands {
        display: flex;
        flex-direction: column;
        gap: var(--gap-1);
      }
    `,
  ];
}

/** A link comes from the catalogue, yet it is drawn only when it leads to the web. */
function isWebAddress(text: string): boolean {
  return text.startsWith('https://') || text.startsWith('http://');
}

customElements.define('cause-panel', CausePanel);

declare global {
  interface HTMLElementTagNameMap {
    'cause-panel': CausePanel;
  }
}
