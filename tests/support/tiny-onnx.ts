/** A tiny ONNX model written by hand: one logistic unit over a row of features, as protobuf bytes. */

/** A number as seven bits a byte, lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

const whole = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const block = (field: number, bytes: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string): number[] => block(field, [...Buffer.from(value)]);

const FLOAT = 1;

function tensor(name: string, dims: readonly number[], values: readonly number[]): number[] {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return [
    ...dims.flatMap((dim) => whole(1, dim)),
    ...whole(2, FLOAT),
    ...text(8, name),
    ...block(9, [...raw]),
  ];
}

function port(name: string, dims: readonly number[]): number[] {
  const shape = dims.flatMap((dim) => block(1, whole(1, dim)));
  const type = block(1, [...whole(1, FLOAT), ...block(2, shape)]);
  return [...text(1, name), ...block(2, type)];
}

const node = (operator: string, inputs: readonly string[], output: string): number[] => [
  ...inputs.flatMap((input) => text(1, input)),
  ...text(2, output),
  ...text(3, `${operator}-${output}`),
  ...text(4, operator),
];

export type TinyModel = Readonly<{
  weights: readonly number[];
  bias: number;
  /** Leaves the last step out, so that what comes out is no probability. */
  raw?: boolean;
}>;

/** `p = sigmoid(x · weights + bias)` for `x` of shape [1, weights.length]. */
export function tinyOnnx({ weights, bias, raw = false }: TinyModel): Uint8Array {
  const graph = [
    ...block(1, node('MatMul', ['x', 'w'], 'xw')),
    ...block(1, node('Add', ['xw', 'b'], raw ? 'p' : 'z')),
    ...(raw ? [] : block(1, node('Sigmoid', ['z'], 'p'))),
    ...text(2, 'tiny'),
    ...block(5, tensor('w', [weights.length, 1], weights)),
    ...block(5, tensor('b', [1], [bias])),
    ...block(11, port('x', [1, weights.length])),
    ...block(12, port('p', [1, 1])),
  ];
  const operators = [...text(1, ''), ...whole(2, 13)];
  return Uint8Array.from([
    ...whole(1, 8),
    ...text(2, 'airlock-tests'),
    ...block(7, graph),
    ...block(8, operators),
  ]);
}
