import * as z from 'zod';
import type { Product } from '../support/product.ts';

const pictureSchema = z.object({
  total: z.number(),
  counts: z.object({ byState: z.record(z.string(), z.number()) }),
});

/** Waits for a list that holds every workload, each of them Healthy. */
export async function untilComplete(product: Product, workloads: number, limitMs = 300_000): Promise<void> {
  await product.waitFor(
    'api/v1/workloads?limit=1',
    (body) => {
      const found = pictureSchema.safeParse(body).data;
      return found?.total === workloads && found.counts.byState['Healthy'] === workloads;
    },
    limitMs,
  );
}
