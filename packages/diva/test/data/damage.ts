import { Buffer } from "node:buffer"

/** A seeded source of whole numbers below a bound. */
export const numbers = (seed: number): ((bound: number) => number) => {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) % bound
  }
}

/** Where members lie in a tar file: header, content, content's size. */
export interface Place {
  readonly header: number
  readonly data: number
  readonly size: number
}

/** One kind of damage: what it makes of a shard's bytes, hurting member `hurt` (of `places`) at most. */
export type Damage = (bytes: Buffer, at: Place, draw: (bound: number) => number) => Buffer

const changed =
  (change: (bytes: Buffer, at: Place, draw: (bound: number) => number) => void): Damage =>
  (bytes, at, draw) => {
    const copy = Buffer.from(bytes)
    change(copy, at, draw)
    return copy
  }

const spliced = (bytes: Buffer, from: number, to: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)])

const inContent = ({ data, size }: Place, draw: (bound: number) => number): number => data + draw(Math.max(1, size))

/** Twenty kinds of damage, each to one member: what a bad disk, a killed download or a careless program leaves. */
export const damages: Readonly<Record<string, Damage>> = {
  "a bit of a header": changed((bytes, { header }, draw) => void (bytes[header + draw(512)]! ^= 1 << draw(8))),
  "a byte of a name": changed((bytes, { header }, draw) => void (bytes[header + draw(8)]! ^= 0x7f)),
  "a size": changed((bytes, { header }, draw) => void bytes.write(`${draw(8)}`, header + 130)),
  "a checksum": changed((bytes, { header }) => void bytes.fill(0x37, header + 148, header + 154)),
  "the magic": changed((bytes, { header }) => void bytes.fill(0, header + 257, header + 263)),
  "a header of zeros": changed((bytes, { header }) => void bytes.fill(0, header, header + 512)),
  "a header of noise": changed((bytes, { header }, draw) => {
    for (let i = 0; i < 512; i++) bytes[header + i] = draw(256)
  }),
  "a bit of a content": changed((bytes, at, draw) => void (bytes[inContent(at, draw)]! ^= 1 << draw(8))),
  "a content of zeros": changed((bytes, { data, size }) => void bytes.fill(0, data, data + size)),
  "a content of noise": changed((bytes, { data, size }, draw) => {
    for (let i = 0; i < size; i++) bytes[data + i] = draw(256)
  }),
  "half a content": changed((bytes, { data, size }) => void bytes.fill(0, data + (size >> 1), data + size)),
  "a page in place of a picture": changed((bytes, { data }) => void bytes.write("<!doctype html><title>404", data)),
  "bytes lost from a content": (bytes, at, draw) => {
    const from = inContent(at, draw)
    return spliced(bytes, from, Math.min(at.data + at.size, from + 1 + draw(200)), Buffer.alloc(0))
  },
  "bytes put into a content": (bytes, at, draw) => {
    const from = inContent(at, draw)
    return spliced(bytes, from, from, Buffer.alloc(1 + draw(700), 65))
  },
  "a block lost from a content": (bytes, { data, size }) =>
    size > 512 ? spliced(bytes, data, data + 512, Buffer.alloc(0)) : Buffer.from(bytes),
  "a block put before a member": (bytes, { header }) => spliced(bytes, header, header, Buffer.alloc(512, 90)),
  "an end marker before a member": (bytes, { header }) => spliced(bytes, header, header, Buffer.alloc(1024)),
  "a cut in a content": (bytes, at, draw) => Buffer.from(bytes.subarray(0, inContent(at, draw))),
  "a cut in a header": (bytes, { header }, draw) => Buffer.from(bytes.subarray(0, header + 1 + draw(511))),
  "a member lost": (bytes, { header, data, size }) =>
    spliced(bytes, header, data + Math.ceil(size / 512) * 512, Buffer.alloc(0)),
}
