import { BlockList, isIP } from 'node:net';

/**
 * The proxy for an API server, or null for a direct connection. As client-go: `proxy-url` of the kubeconfig decides
 * alone; else the environment (`HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, `NO_PROXY`, lower case first),
 * and never for this very machine.
 */
export function proxyFor(
  server: URL,
  proxyUrl: string | null,
  environment: Readonly<NodeJS.ProcessEnv>,
): string | null {
  if (proxyUrl !== null) return proxyUrl;
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = environment[name.toLowerCase()] || environment[name] || '';
  if (proxy === '' || isLoopback(hostOf(server))) return null;
  const exceptions = environment['no_proxy'] || environment['NO_PROXY'] || '';
  if (isExcepted(server, exceptions)) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** NO_PROXY as Go reads it: `*`, a domain (with or without leading dot: it and what is below it), an address, a CIDR, each perhaps with `:port`. */
function isExcepted(server: URL, exceptions: string): boolean {
  const host = hostOf(server);
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  return exceptions
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inNetwork(entry, host);
  const [pattern, patternPort] = splitPort(entry);
  if (patternPort !== null && patternPort !== port) return false;
  if (isIP(host) !== 0) return host === pattern;
  const domain = pattern.replace(/^\*?\./, '');
  // With a leading dot it means what is below the domain, without it the domain too.
  return host.endsWith(`.${domain}`) || (host === domain && !/^\*?\./.test(pattern));
}

function inNetwork(entry: string, host: string): boolean {
  const [address = '', prefix = ''] = entry.split('/', 2);
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const bits = Number(prefix);
  if (isIP(address) === 0 || isIP(host) !== isIP(address) || !/^\d+$/.test(prefix)) return false;
  if (bits > (family === 'ipv6' ? 128 : 32)) return false;
  const network = new BlockList();
  network.addSubnet(address, bits, family);
  return network.check(host, family);
}

function splitPort(entry: string): readonly [string, string | null] {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(entry);
  if (bracketed) return [bracketed[1] ?? '', bracketed[2] ?? null];
  // More than one colon and no brackets: an IPv6 address without port.
  const plain = /^([^:]+):(\d+)$/.exec(entry);
  return plain ? [plain[1] ?? '', plain[2] ?? null] : [entry, null];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function hostOf(server: URL): string {
  return server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
}
