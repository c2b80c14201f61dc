/**
 * Several sequences, each in the order of time, as one in the order of time. Holds one item of each; an item without a
 * time comes right after the one before it in its own sequence.
 */
export async function* mergeByTime<Item extends { readonly at: number | null }>(
  sources: readonly AsyncGenerator<Item, void, undefined>[],
): AsyncGenerator<Item, void, undefined> {
  const heads: { source: AsyncGenerator<Item, void, undefined>; item: Item; at: number }[] = [];
  const pull = async (source: AsyncGenerator<Item, void, undefined>, before: number) => {
    const next = await source.next();
    return next.done ? null : { source, item: next.value, at: Math.max(before, next.value.at ?? before) };
  };
  try {
    const first = await Promise.all(sources.map((source) => pull(source, Number.NEGATIVE_INFINITY)));
    heads.push(...first.filter((head) => head !== null));
    while (heads.length > 0) {
      let oldest = 0;
      for (let index = 1; index < heads.length; index++) {
        if ((heads[index]?.at ?? 0) < (heads[oldest]?.at ?? 0)) oldest = index;
      }
      const head = heads[oldest];
      if (head === undefined) return;
      yield head.item;
      const next = await pull(head.source, head.at);
      if (next === null) heads.splice(oldest, 1);
      else heads[oldest] = next;
    }
  } finally {
    await Promise.all(sources.map((source) => source.return()));
  }
}
