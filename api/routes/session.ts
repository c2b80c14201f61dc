import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { ApiServices } from '../app.ts';
import { sessionCookie, sessionSeconds } from '../auth.ts';
import { noQuerySchema, sessionBodySchema } from '../contract.ts';
import type { ApiContext, ApiEnv } from '../edge.ts';
import { ProblemError } from '../problem.ts';
import { checkedBody, checkedQuery, described } from '../validate.ts';

/** A token is at most 1,000 characters; anything larger is no sign-in. */
const limitBodyBytes = 8 * 1024;

/** Sign-in for a browser, which cannot put a bearer token into a navigation or an EventSource. */
export function sessionRoutes({ gatekeeper, config }: ApiServices): Hono<ApiEnv> {
  const cookie = { path: config.basePath, httpOnly: true, sameSite: 'Strict' } as const;
  return new Hono<ApiEnv>()
    .post(
      '/session',
      described({
        operationId: 'signIn',
        summary: 'Signed in; the cookie is set',
        answer: null,
        status: 204,
        isOpen: true,
        problems: [404, 413, 429],
      }),
      bodyLimit({
        maxSize: limitBodyBytes,
        onError: () => {
          throw new ProblemError(413, 'BODY_TOO_LARGE', `The body must not exceed ${limitBodyBytes} bytes.`);
        },
      }),
      checkedQuery(noQuerySchema),
      checkedBody(sessionBodySchema),
      (c) => {
        const session = gatekeeper.signIn(c.req.valid('json').token, remoteAddress(c));
        setCookie(c, sessionCookie, session, { ...cookie, maxAge: sessionSeconds, secure: isHttps(c) });
        return c.body(null, 204);
      },
    )
    .delete(
      '/session',
      described({ operationId: 'signOut', summary: 'Signed out', answer: null, status: 204, isOpen: true }),
      checkedQuery(noQuerySchema),
      (c) => {
        const session = getCookie(c, sessionCookie);
        if (session !== undefined) gatekeeper.signOut(session);
        deleteCookie(c, sessionCookie, { ...cookie, secure: isHttps(c) });
        return c.body(null, 204);
      },
    );
}

export function remoteAddress(c: ApiContext): string {
  return c.env.incoming?.socket.remoteAddress ?? '';
}

/**
 * Whether the browser talks TLS, possibly to a proxy before us. The header can be forged only by whoever then gets a
 * cookie that his own plain connection does not send back.
 */
function isHttps(c: ApiContext): boolean {
  return c.req.header('x-forwarded-proto') === 'https' || new URL(c.req.url).protocol === 'https:';
}
