import type { Hono } from 'hono';
import { generateSpecs, resolver } from 'hono-openapi';
import * as contract from './contract.ts';
import type { ApiEnv } from './edge.ts';

/**
 * The OpenAPI document of an app's routes as text, as it is kept in `openapi.json` and served. Made at development
 * time: the server neither carries the generator's time nor can it serve anything but what was reviewed.
 */
export async function describeApi(app: Hono<ApiEnv>): Promise<string> {
  const document: unknown = await generateSpecs(app, {
    documentation: {
      info: {
        title: 'Maintenant',
        version: '1',
        description:
          'What is broken in a cluster, why, since when and what changed. Comma lists mean OR within a parameter, parameters are joined by AND. Answers from the store carry a weak ETag. Errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'With MAINTENANT_AUTH=token.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'maintenant_session',
            description: 'From POST /api/v1/session.',
          },
        },
      },
      security: [{}, { token: [] }, { session: [] }],
    },
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
  });
  const schemas = await streamSchemas();
  return `${JSON.stringify(tidy(document, schemas), null, 2)}\n`;
}

/** Data of events: no route answers with them as a whole, but readers of a stream need their shape. */
async function streamSchemas(): Promise<Readonly<Record<string, unknown>>> {
  const events = [
    contract.helloEventSchema,
    contract.deltaEventSchema,
    contract.resyncEventSchema,
    contract.pingEventSchema,
    contract.logLineSchema,
    contract.logNoteSchema,
  ];
  const resolved = await Promise.all(
    events.map((schema) => resolver(schema, { options: { io: 'output' } }).toOpenAPISchema()),
  );
  return Object.assign({}, ...resolved.map(({ components }) => components?.schemas ?? {})) as Record<string, unknown>;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function tidy(document: unknown, schemas: Json): unknown {
  if (!isObject(document)) return document;
  const components = isObject(document.components) ? document.components : {};
  const known = isObject(components.schemas) ? components.schemas : {};
  return {
    ...document,
    tags: undefined,
    paths: mapObject(document.paths, (path) => mapObject(path, tidyOperation)),
    components: { ...components, schemas: sorted(plainSchemas({ ...schemas, ...known })) },
  };
}

function tidyOperation(operation: unknown): unknown {
  if (!isObject(operation) || !Array.isArray(operation.parameters)) return operation;
  return { ...operation, parameters: operation.parameters.map(tidyParameter) };
}

function tidyParameter(parameter: unknown): unknown {
  if (!isObject(parameter) || !isObject(parameter.schema)) return parameter;
  const { required, ...rest } = parameter;
  const isList = parameter.schema.type === 'array';
  return {
    ...rest,
    schema: plain(isList ? withEmptyItems(parameter.schema) : parameter.schema),
    // The parsed form has every default filled in, but nobody has to send it.
    ...(required === true && !('default' in parameter.schema) ? { required } : {}),
    // A comma list: ?state=Down,Degraded
    ...(isList ? { style: 'form', explode: false } : {}),
  };
}

/** An empty value counts as left out, `?state=` being what a form sends; of a closed list the schema has to say so. */
function withEmptyItems(schema: Json): Json {
  const { items } = schema;
  return isObject(items) && '$ref' in items ? { ...schema, items: { anyOf: [items, { const: '' }] } } : schema;
}

/** What is sent stays closed: a field that nobody knows is refused. */
const requestSchemas: ReadonlySet<string> = new Set(['SignIn']);

function plainSchemas(schemas: Json): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, requestSchemas.has(name) ? schema : plain(schema)]),
  );
}

/**
 * Leaves out what only the library says: that an answer is closed (fields may be added), the largest safe
 * integer, and the pattern of an instant that its format says better.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const isNoise = ([key, item]: readonly [string, unknown]): boolean =>
    (key === 'additionalProperties' && item === false) ||
    (key === 'maximum' && item === Number.MAX_SAFE_INTEGER) ||
    (key === 'pattern' && value.format === 'date-time');
  return mapObject(Object.fromEntries(Object.entries(value).filter((entry) => !isNoise(entry))), plain);
}

function mapObject(value: unknown, change: (value: unknown) => unknown): Json {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

function sorted(value: Json): Json {
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
