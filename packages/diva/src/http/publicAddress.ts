import { lookup as resolve, type LookupAddress } from "node:dns"
import { BlockList, isIP, type LookupFunction } from "node:net"

const blocked = new BlockList()
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  blocked.addSubnet(network, bits, "ipv4")
// Of IPv6 only this part is the public internet (RFC 4291); and of that, what carries other addresses or none is not.
const global = new BlockList()
global.addSubnet("2000::", 3, "ipv6")
for (const [network, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
] as const)
  blocked.addSubnet(network, bits, "ipv6")

/** The eight numbers of an IPv6 address, however it is spelt; a zone does not count. */
const wordsOf = (address: string): readonly number[] => {
  const canonical = new URL(`http://[${address.replace(/%.*$/s, "")}]`).hostname.slice(1, -1)
  const [head = "", tail] = canonical.split("::")
  const words = (text: string): readonly number[] =>
    text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16))
  const [before, after] = [words(head), words(tail ?? "")]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join(".")

/** What stands before the IPv4 address that an IPv6 address stands for: mapped, translated, NAT64 (RFC 4291, 2765, 6052). */
const embeddings: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0xffff],
  [0, 0, 0, 0, 0xffff, 0],
  [0x64, 0xff9b, 0, 0, 0, 0],
]

/** The IPv4 address that is reached under an IPv6 one; undefined where there is none. */
const embedded = (words: readonly number[]): string | undefined => {
  if (words[0] === 0x2002) return dotted(words[1]!, words[2]!)
  return embeddings.some((prefix) => prefix.every((word, i) => words[i] === word))
    ? dotted(words[6]!, words[7]!)
    : undefined
}

const isPublicIpv6 = (address: string): boolean => {
  const words = wordsOf(address)
  const ipv4 = embedded(words)
  if (ipv4 !== undefined) return !blocked.check(ipv4, "ipv4")
  const plain = words.map((word) => word.toString(16)).join(":")
  return global.check(plain, "ipv6") && !blocked.check(plain, "ipv6")
}

/**
 * Whether an address is one of the public internet: not this machine, not its network, not one that routers hand out metadata
 * and credentials under, in whatever notation.
 */
export const isPublicAddress = (address: string): boolean => {
  const version = isIP(address)
  return version === 4 ? !blocked.check(address, "ipv4") : version === 6 && isPublicIpv6(address)
}

const refused = (host: string, address: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${host} is ${address}, which is private; --allow-private permits it`), { code: "EPRIVATE" })

/** Throws for a host that is spelt as a private address; names are checked when they are resolved. */
export const requirePublicHost = (hostname: string): void => {
  const bare = hostname.replace(/^\[|\]$/g, "")
  if (isIP(bare) !== 0 && !isPublicAddress(bare)) throw refused(hostname, bare)
}

/**
 * Resolves a name and gives only public addresses. The connection is made to what was checked: a name that answers differently the
 * next time gains nothing by it.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, "", 0)
    const hidden = addresses.find(({ address }) => !isPublicAddress(address))
    if (hidden !== undefined) return callback(refused(hostname, hidden.address), "", 0)
    const [first] = addresses
    if (options.all === true) return callback(null, addresses as never, 0)
    return callback(null, first!.address, first!.family)
  })
}
