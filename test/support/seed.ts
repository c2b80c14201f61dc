import * as fc from 'fast-check';

/**
 * Loaded before every test file of `scripts/test`: properties draw from the seed of the run. A file that is run by itself
 * (`node --test`) draws anew each time, and fast-check prints the seed of what failed.
 */
const seed = process.env['MAINTENANT_TEST_SEED'];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
