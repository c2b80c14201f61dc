import type { WorkloadKind } from '../../health/workload.ts';

/** Of a workload, what it takes to find it by the labels of its pods. */
export interface LabelledTemplate {
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly uid: string;
  readonly templateLabels: Readonly<Record<string, string>>;
}

/** Which workloads' pods a selector matches, without a look at all of them. */
export class TemplateIndex {
  /** `namespace/label=value` → templates. Lists, because most labels are of one workload: a Map of one is 230 bytes. */
  readonly #byLabel = new Map<string, LabelledTemplate[]>();

  replace(previous: LabelledTemplate | null, current: LabelledTemplate | null): void {
    // Most changes are of status, and keep the very same labels.
    if (previous?.uid === current?.uid && previous?.templateLabels === current?.templateLabels) return;
    if (previous !== null) {
      for (const key of keysOf(previous)) {
        const others = this.#byLabel.get(key)?.filter(({ uid }) => uid !== previous.uid) ?? [];
        if (others.length === 0) this.#byLabel.delete(key);
        else this.#byLabel.set(key, others);
      }
    }
    if (current !== null) {
      const { namespace, kind, name, uid, templateLabels } = current;
      // Not the workload itself: its status is another one with every change.
      const template = { namespace, kind, name, uid, templateLabels };
      for (const key of keysOf(current)) {
        const templates = this.#byLabel.get(key);
        if (templates === undefined) this.#byLabel.set(key, [template]);
        else templates.push(template);
      }
    }
  }

  /** The workloads whose pods carry all of these labels; none for an empty selector, which selects nothing. */
  matching(namespace: string, selector: Readonly<Record<string, string>>): readonly LabelledTemplate[] {
    const wanted = Object.entries(selector);
    let fewest: readonly LabelledTemplate[] | null = null;
    for (const [label, value] of wanted) {
      const templates = this.#byLabel.get(keyOf(namespace, label, value));
      if (templates === undefined) return none;
      if (fewest === null || templates.length < fewest.length) fewest = templates;
    }
    if (fewest === null) return none;
    return fewest.filter(({ templateLabels }) => wanted.every(([label, value]) => templateLabels[label] === value));
  }
}

const none: readonly never[] = Object.freeze([]);

function keysOf({ namespace, templateLabels }: LabelledTemplate): readonly string[] {
  return Object.entries(templateLabels).map(([label, value]) => keyOf(namespace, label, value));
}

function keyOf(namespace: string, label: string, value: string): string {
  return `${namespace}/${label}=${value}`;
}
