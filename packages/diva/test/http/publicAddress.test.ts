import { describe, expect, test } from "vitest"
import { retryAfterOf } from "../../src/http/retry.ts"
import { isPublicAddress } from "../../src/http/publicAddress.ts"

describe("addresses", () => {
  test.each([
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2a00:1450::1",
  ])("%s is public", (address) => expect(isPublicAddress(address)).toBe(true))
  test.each([
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "0.0.0.0",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::a00:1",
    "0:0:0:0:0:ffff:7f00:1",
    "0000:0000:0000:0000:0000:ffff:127.0.0.1",
    "::ffff:0:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001::1",
    "2001:db8::1",
    "fec0::1",
    "fe80::1%eth0",
    "::ffff:127.0.0.1%1",
    "64:ff9b:1::1",
    "192.88.99.1",
    "not an address",
  ])("%s is not", (address) => expect(isPublicAddress(address)).toBe(false))
})

describe("what a server asks to wait", () => {
  test.each<[string | undefined, number]>([
    [undefined, 0],
    ["3", 3000],
    ["100000", 60_000],
    ["Thu, 01 Jan 1970 00:00:05 GMT", 5000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", 0],
  ])("%s is %i ms", (header, wait) => expect(retryAfterOf(header, 0)).toBe(wait))
})
