/**
 * The server's "no", in the words of the real one: `test/contract` compares them with what a kube-apiserver sent.
 */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly code: number;
}

/** Thrown while a request is worked on; becomes the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: StatusBody;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: StatusBody, headers: Readonly<Record<string, string>> = {}) {
    super(status.message);
    this.status = status;
    this.headers = headers;
  }
}

export function statusBody(
  code: number,
  reason: string,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): StatusBody {
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason } as const;
  return details === undefined ? { ...base, code } : { ...base, details, code };
}

export function expired(requested: number, oldest: number): StatusBody {
  return statusBody(410, 'Expired', `too old resource version: ${requested} (${oldest})`);
}

/** @param token goes on from the same place in the present state. */
export function expiredContinue(token: string): StatusBody {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return { ...statusBody(410, 'Expired', message), metadata: { continue: token } };
}

export function expiredExact(): StatusBody {
  return statusBody(410, 'Expired', 'The resourceVersion for the provided list is too old.');
}

export function tooLargeResourceVersion(requested: number, current: number): StatusBody {
  return statusBody(504, 'Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function watchListForbidden(): StatusBody {
  const message = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
  return statusBody(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'sendInitialEvents' }],
  });
}

export function watchListWithoutMatch(): StatusBody {
  const message = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  return statusBody(
    422,
    'Invalid',
    `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ${message}`,
    {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
      causes: [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'resourceVersionMatch' }],
    },
  );
}

export function unauthorized(): StatusBody {
  return statusBody(401, 'Unauthorized', 'Unauthorized');
}

export function forbidden(
  user: string,
  verb: string,
  plural: string,
  group: string,
  namespace: string | null,
  name: string | null,
): StatusBody {
  const subject = name === null ? qualified(plural, group) : `${qualified(plural, group)} "${name}"`;
  const scope = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return statusBody(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${plural}" in API group "${group}" ${scope}`,
    { ...(name === null ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural },
  );
}

export function notFound(plural: string, group: string, name: string): StatusBody {
  return statusBody(404, 'NotFound', `${qualified(plural, group)} "${name}" not found`, {
    name,
    ...(group === '' ? {} : { group }),
    kind: plural,
  });
}

export function badRequest(message: string): StatusBody {
  return statusBody(400, 'BadRequest', message);
}

export function unknownResource(): StatusBody {
  return statusBody(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function invalidContinue(): StatusBody {
  const message = "invalid character '\\u0081' looking for beginning of value";
  return badRequest(`invalid continue token: continue key is not valid: ${message}`);
}

export function invalidListVersion(text: string): StatusBody {
  return badRequest(`invalid resource version: ${unparsable(text)}`);
}

/** A watch says the same as 500, and without a reason. */
export function invalidWatchVersion(text: string): StatusBody {
  const { reason: _, ...status } = statusBody(500, '', unparsable(text));
  return status;
}

function unparsable(text: string): string {
  return `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
}

function qualified(plural: string, group: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}
