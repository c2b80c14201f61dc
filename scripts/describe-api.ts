/**
 * Writes `api/openapi.json` from the schemas and routes of `api/`. Run it after a change of the contract; a test
 * compares the file with what it would write.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeApi } from '../api/openapi.ts';
import { setUp } from '../test/api/fixture.ts';

const file = path.join(import.meta.dirname, '..', 'api', 'openapi.json');
writeFileSync(file, await describeApi(setUp().app));
