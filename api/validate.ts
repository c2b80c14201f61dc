import type { MiddlewareHandler } from 'hono';
import { describeRoute, resolver, validator } from 'hono-openapi';
import type * as z from 'zod';
import { problemSchema } from './contract.ts';
import { badParameters } from './problem.ts';
import type { ParameterError } from './problem.ts';

/**
 * One schema, two uses: it validates the request and it describes the route in openapi.json.
 * Answers carry problem+json instead of the library's own shape, which would echo the input.
 */

/** In the document a parameter is what it means (integer, list of states), not the text that it arrives as. */
const asParsed = { options: { io: 'output' } } as const;

export function checkedQuery<Schema extends z.ZodObject>(schema: Schema) {
  return validator('query', schema, refuse(namesOf(schema)), asParsed);
}

export function checkedParams<Schema extends z.ZodObject>(schema: Schema) {
  return validator('param', schema, refuse(namesOf(schema)), asParsed);
}

/** A body holds a secret: what was sent is not told back. */
export function checkedBody<Schema extends z.ZodObject>(schema: Schema) {
  const say = refuse(namesOf(schema));
  return validator(
    'json',
    schema,
    (result) => say(result.success ? { success: true } : { success: false, error: result.error }),
    asParsed,
  );
}

function namesOf(schema: z.ZodObject): readonly string[] {
  return Object.keys(schema.shape);
}

interface Checked {
  readonly success: boolean;
  readonly error?: readonly Issue[];
  /** What was sent, by parameter. */
  readonly data?: unknown;
}

/** @throws ProblemError 400 that names every wrong parameter, what it was and what it may be */
function refuse(known: readonly string[]): (checked: Checked) => void {
  return ({ success, error = [], data }) => {
    if (!success) throw badParameters(error.flatMap((issue) => toParameterErrors(issue, known, data)));
  };
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function toParameterErrors(issue: Issue, known: readonly string[], data: unknown): ParameterError[] {
  if ('code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue && Array.isArray(issue.keys)) {
    const fix = known.length === 0 ? 'there are no parameters' : `known are ${known.join(', ')}`;
    return issue.keys.map((key) => ({ parameter: quoted(String(key)), message: `is not known here; ${fix}` }));
  }
  const [first] = issue.path ?? [];
  const parameter = first === undefined ? 'body' : String(typeof first === 'object' ? first.key : first);
  return [{ parameter, message: sentenceOf(issue.message, parameter, data) }];
}

/** The rule as a sentence about what was sent: `"ten" must be a whole number from 1 to 1000`. */
function sentenceOf(message: string, parameter: string, data: unknown): string {
  if (typeof data !== 'object' || data === null) return message;
  const sent: unknown = Object.entries(data).find(([name]) => name === parameter)?.[1];
  if (Array.isArray(sent)) return `is given ${sent.length} times: give it once`;
  return typeof sent === 'string' && message.startsWith('must') ? `"${quoted(sent)}" ${message}` : message;
}

/** Enough to recognise it by. */
const limitQuoted = 60;

function quoted(text: string): string {
  return text.length <= limitQuoted ? text : `${text.slice(0, limitQuoted)}…`;
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
  /** Statuses that this route answers with a problem, beside 400, 401 and, where it asks for a sign-in, 429. */
  readonly problems?: readonly ProblemStatus[];
}

type ProblemStatus = keyof typeof problemDescriptions;

const problemDescriptions = {
  400: 'A parameter is wrong; `errors` names it.',
  401: 'Sign-in is needed.',
  404: 'Not there, or not in scope.',
  413: 'The body is too large.',
  429: 'Too many wrong tokens; see Retry-After.',
  503: 'Not now; see Retry-After.',
} as const;

export function described(description: Description): MiddlewareHandler {
  const { operationId, summary, answer, status = 200, text = {}, problems = [] } = description;
  const problem = { 'application/problem+json': { schema: resolver(problemSchema, asParsed) } };
  const statuses: readonly ProblemStatus[] = [
    400,
    401,
    ...(description.isOpen === true ? [] : [429 as const]),
    ...problems,
  ];
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
