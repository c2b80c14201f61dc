/** An image reference in its parts, as `docker.io/library/nginx:1.27@sha256:…` has them. */
export interface ImageParts {
  /** `docker.io` where the reference names none. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export function parseImage(reference: string): ImageParts {
  const [name = '', digest = null] = reference.split('@', 2);
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  // The rule of the reference grammar: a first part with a dot or a colon, or `localhost`, is a host.
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = hasRegistry ? first : 'docker.io';
  const path = hasRegistry ? name.slice(slash + 1) : name;
  const colon = path.lastIndexOf(':');
  const tagged = colon > path.lastIndexOf('/');
  return {
    registry,
    repository: tagged ? path.slice(0, colon) : path,
    tag: tagged ? path.slice(colon + 1) : null,
    digest,
  };
}

/** What tells two versions apart in little space: `nginx:1.27`, or the start of the digest. */
export function shortImage(reference: string): string {
  const image = parseImage(reference);
  const name = image.repository.slice(image.repository.lastIndexOf('/') + 1);
  if (image.tag !== null) return `${name}:${image.tag}`;
  if (image.digest !== null) return `${name}@${image.digest.replace('sha256:', '').slice(0, 8)}`;
  return name;
}
