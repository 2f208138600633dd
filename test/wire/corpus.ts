/**
 * Bytes that somebody might send to harm a node, or by mistake. None of them is a request, mail, a
 * beat or an event. `hex` is the start; `fill` bytes of `with` follow, so that large ones stay short
 * here.
 */
export type Malformed = {
  readonly what: string;
  readonly hex: string;
  readonly fill?: number;
  readonly with?: number;
};

/** `id` and `op` of a request, as members of a map. */
const ID = 'a26964 01';
const OP = 'a26f70 a3707574';

export const MALFORMED: readonly Malformed[] = [
  { what: 'nothing', hex: '' },
  { what: 'nil', hex: 'c0' },
  { what: 'a number', hex: '05' },
  { what: 'a string', hex: 'a568656c6c6f' },
  { what: 'an array', hex: '9301a3707574c0' },
  { what: 'text of another protocol', hex: Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex') },
  { what: 'JSON', hex: Buffer.from('{"id":1,"op":"put"}').toString('hex') },
  { what: 'zeros', hex: '', fill: 1000, with: 0 },
  { what: 'the byte 0xc1', hex: 'c1' },
  { what: 'the byte 0xc1 as a value', hex: `83 ${ID} ${OP} a16b c1` },
  { what: 'the byte 0xc1 deep in a value', hex: `83 ${ID} ${OP} a16b 9281a161c1c0` },

  { what: 'a map that ends before its first name', hex: '81' },
  { what: 'a map that ends after a name', hex: '81a26964' },
  { what: 'a map that ends within a name', hex: '81a269' },
  { what: 'a map16 without a count', hex: 'de00' },
  { what: 'a map32 without a count', hex: 'df000000' },
  { what: 'a uint64 cut short', hex: '81a26964cf00000000' },
  { what: 'a float cut short', hex: '81a26964cb4000' },
  { what: 'a str cut short', hex: `82 ${ID} a26f70 d9ff70` },
  { what: 'a bin cut short', hex: `83 ${ID} ${OP} a16b c500ff00` },
  { what: 'an ext cut short', hex: `83 ${ID} ${OP} a16b c7ff01` },
  { what: 'a fixext16 cut short', hex: `83 ${ID} ${OP} a16b d80100` },
  { what: 'bytes after the map', hex: `82 ${ID} ${OP} 00` },
  { what: 'a second map after the first', hex: `82 ${ID} ${OP} 82 ${ID} ${OP}` },
  { what: 'a megabyte of numbers after the map', hex: `82 ${ID} ${OP}`, fill: 1 << 20, with: 1 },

  { what: 'a map that claims 2^32-1 members', hex: 'dfffffffff a26964 01' },
  { what: 'an array that claims 2^32-1 items', hex: `83 ${ID} ${OP} a16b ddffffffff` },
  { what: 'a str that claims 2^32-1 bytes', hex: `83 ${ID} ${OP} a16b dbffffffff61` },
  { what: 'a bin that claims 2^32-1 bytes', hex: `83 ${ID} ${OP} a16b c6ffffffff61` },
  { what: 'an ext that claims 2^32-1 bytes', hex: `83 ${ID} ${OP} a16b c9ffffffff0161` },
  {
    what: 'arrays that each claim 65535 items',
    hex: `83 ${ID} ${OP} a16b`,
    fill: 3000,
    with: 0xdc,
  },
  { what: 'a megabyte of arrays in arrays', hex: `83 ${ID} ${OP} a16b`, fill: 1 << 20, with: 0x91 },
  { what: 'a megabyte of maps in maps', hex: `83 ${ID} ${OP} a16b`, fill: 1 << 20, with: 0x81 },
  { what: 'nesting one level too deep', hex: `83 ${ID} ${OP} a16b ${'91'.repeat(32)} c0` },
  { what: 'a map of more members than any request has', hex: 'de0041', fill: 200, with: 1 },
  { what: '65 members', hex: `de0041 ${members(65)}` },

  { what: 'a name that is a number', hex: '8101c0' },
  { what: 'a name that is nil', hex: '81c0c0' },
  { what: 'a name that is bytes', hex: '81c4026964 01' },
  { what: 'a name that is a map', hex: '818000' },
  { what: 'a name that is not UTF-8', hex: '81a2ff6401' },
  { what: 'a name that is a lone surrogate', hex: '81a3eda08001' },
  { what: 'a name of 65 bytes', hex: `81d941${'61'.repeat(65)}01` },
  { what: 'the same name twice', hex: `83 ${ID} ${ID} ${OP}` },
  { what: 'the same name in two encodings', hex: `83 ${ID} d9026964 01 ${OP}` },
  { what: 'the op twice', hex: `83 ${ID} ${OP} ${OP}` },

  { what: 'no id', hex: `81 ${OP}` },
  { what: 'no op', hex: `81 ${ID}` },
  { what: 'only __proto__', hex: '81a95f5f70726f746f5f5f81a161c3' },
  { what: 'an id that is nil', hex: `82 a26964c0 ${OP}` },
  { what: 'an id that is text', hex: `82 a26964a131 ${OP}` },
  { what: 'an id that is an array', hex: `82 a2696490 ${OP}` },
  { what: 'an id of -1', hex: `82 a26964ff ${OP}` },
  { what: 'an id of -2^63', hex: `82 a26964d38000000000000000 ${OP}` },
  { what: 'an id of 2^53', hex: `82 a26964cf0020000000000000 ${OP}` },
  { what: 'an id of 2^64-1', hex: `82 a26964cfffffffffffffffff ${OP}` },
  { what: 'an id of 1.5', hex: `82 a26964cb3ff8000000000000 ${OP}` },
  { what: 'an id of NaN', hex: `82 a26964cb7ff8000000000000 ${OP}` },
  { what: 'an id of Infinity', hex: `82 a26964ca7f800000 ${OP}` },
  {
    what: 'an id that is a huge integer of an extension',
    hex: `82 a26964c70842${'ff'.repeat(8)} ${OP}`,
  },
  { what: 'an op that is a number', hex: `82 ${ID} a26f7001` },
  { what: 'an op that is bytes', hex: `82 ${ID} a26f70c403707574` },
  { what: 'an op that is not UTF-8', hex: `82 ${ID} a26f70a3ff7574` },

  { what: "a record definition of msgpackr's", hex: 'd4724092a26964a26f7001a3707574' },
  { what: 'a record definition of two bytes', hex: 'd572400192a26964a26f7001a3707574' },
  { what: 'bundled strings of msgpackr', hex: 'd6620000000582a26964c101' },
  { what: 'a regular expression of msgpackr', hex: 'd4780092a361282ba0' },
  { what: 'an error of msgpackr', hex: 'd4650093a54572726f72a178c0' },
  { what: 'a pointer of msgpackr', hex: 'd67000000001' },
  { what: 'a reference of msgpackr', hex: 'd6690000000181a161c0' },
  { what: 'an integer of a megabyte of msgpackr', hex: 'c90010000042', fill: 1 << 20, with: 0xff },
  { what: 'a typed array of msgpackr', hex: 'c7037410ffff' },
  { what: 'an unknown extension', hex: 'd40500' },
];

function members(count: number): string {
  let hex = '';
  for (let i = 0; i < count; i++) hex += `a261${(0x30 + i).toString(16)}c0`;
  return hex;
}

/** The bytes of one of them. */
export function bytesOf({ hex, fill = 0, with: byte = 0 }: Malformed): Buffer {
  const start = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return Buffer.concat([start, Buffer.alloc(fill, byte)]);
}
