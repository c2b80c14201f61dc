/** Just enough of protobuf's wire format to write what a test wants read. */

export function varint(value: bigint): Buffer {
  let left = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const digits = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left === 0n ? digits : digits | 0x80);
  } while (left !== 0n);
  return Buffer.from(bytes);
}

export function varintField(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(number) << 3n), varint(value)]);
}

export function delimited(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
}

/** An object as the API server writes it: `k8s\0` and an `Unknown` around the message. */
export function wrapped(kind: string, content: Buffer): Buffer {
  const typeMeta = Buffer.concat([delimited(1, 'v1'), delimited(2, kind)]);
  return Buffer.concat([
    Buffer.from('k8s\0'),
    delimited(1, typeMeta),
    delimited(2, content),
    delimited(3, ''),
    delimited(4, ''),
  ]);
}

/** One frame of a watch. */
export function frame(type: string, kind: string, content: Buffer): Buffer {
  const event = Buffer.concat([delimited(1, type), delimited(2, delimited(1, wrapped(kind, content)))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
