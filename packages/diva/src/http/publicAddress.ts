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
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  blocked.addSubnet(network, bits, "ipv4")
for (const [network, bits] of [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  blocked.addSubnet(network, bits, "ipv6")

/** IPv6 notations of an IPv4 address: what is reached is the latter. */
const embedded = /^(?:::ffff:(?:0:)?|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i

const embeddedHex = /^(?:::ffff:(?:0:)?|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i

const asIpv4 = (address: string): string | undefined => {
  const dotted = embedded.exec(address)?.[1]
  const hex = embeddedHex.exec(address)
  if (dotted !== undefined || hex === null) return dotted
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join(".")
}

/**
 * Whether an address is one of the public internet: not this machine, not its network, not one that routers hand out metadata
 * and credentials under.
 */
export const isPublicAddress = (address: string): boolean => {
  const version = isIP(address)
  if (version === 0) return false
  if (version === 4) return !blocked.check(address, "ipv4")
  const ipv4 = asIpv4(address)
  return ipv4 === undefined ? !blocked.check(address, "ipv6") : !blocked.check(ipv4, "ipv4")
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
