import type { MiddlewareHandler } from 'hono';
import { describeRoute, resolver, validator } from 'hono-openapi';
import type * as z from 'zod';
import { problemSchema } from './contract.ts';
import { badParameters } from './problem.ts';
import type { ParameterError } from './problem.ts';

/**
 * One schema, two uses: it validates the request and it describes the route in openapi.json.
 * Answers carry problem+json instead of the library's own shape, which would echo the input (RULINGS 36).
 */

/** In the document a parameter is what it means (integer, list of states), not the text that it arrives as. */
const asParsed = { options: { io: 'output' } } as const;

export function checkedQuery<Schema extends z.ZodType>(schema: Schema) {
  return validator('query', schema, refuse, asParsed);
}

export function checkedParams<Schema extends z.ZodType>(schema: Schema) {
  return validator('param', schema, refuse, asParsed);
}

export function checkedBody<Schema extends z.ZodType>(schema: Schema) {
  return validator('json', schema, refuse, asParsed);
}

/** @throws ProblemError 400 that names every wrong parameter */
function refuse(result: { readonly success: boolean; readonly error?: readonly Issue[] }): void {
  if (!result.success) throw badParameters((result.error ?? []).flatMap(toParameterErrors));
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function toParameterErrors(issue: Issue): ParameterError[] {
  if ('code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue && Array.isArray(issue.keys)) {
    return issue.keys.map((key) => ({ parameter: String(key).slice(0, 100), message: 'is not known here' }));
  }
  const [first] = issue.path ?? [];
  const parameter = first === undefined ? 'body' : String(typeof first === 'object' ? first.key : first);
  return [{ parameter, message: issue.message }];
}

interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Schema of the JSON answer; null for an answer without a body. */
  readonly answer: z.ZodType | null;
  readonly status?: 200 | 204;
  /** Further content types of the answer, with what they hold. */
  readonly text?: Readonly<Record<string, string>>;
  /** Needs no sign-in. */
  readonly isOpen?: boolean;
  /** Statuses that this route answers with a problem, beside 400 and 401. */
  readonly problems?: readonly ProblemStatus[];
}

type ProblemStatus = keyof typeof problemDescriptions;

const problemDescriptions = {
  400: 'A parameter is wrong; `errors` names it.',
  401: 'Sign-in is needed.',
  404: 'Not there, or not in scope.',
  413: 'The body is too large.',
  429: 'Too many attempts.',
  503: 'Not now; see Retry-After.',
} as const;

export function described(description: Description): MiddlewareHandler {
  const { operationId, summary, answer, status = 200, text = {}, problems = [] } = description;
  const problem = { 'application/problem+json': { schema: resolver(problemSchema, asParsed) } };
  const statuses: readonly ProblemStatus[] = [400, 401, ...problems];
  return describeRoute({
    operationId,
    summary,
    ...(description.isOpen === true ? { security: [] } : {}),
    ...(description.description === undefined ? {} : { description: description.description }),
    responses: {
      [status]: {
        description: summary,
        ...(status === 204
          ? {}
          : {
              content: {
                ...(answer === null ? {} : { 'application/json': { schema: resolver(answer, asParsed) } }),
                ...Object.fromEntries(
                  Object.entries(text).map(([type, holds]) => [
                    type,
                    { schema: { type: 'string', description: holds } },
                  ]),
                ),
              },
            }),
      },
      ...Object.fromEntries(
        statuses.map((code) => [String(code), { description: problemDescriptions[code], content: problem }]),
      ),
      default: { description: 'A problem.', content: problem },
    },
  });
}
