import { EventEmitter } from "node:events"
import type { LookupAddress } from "node:dns"
import type { IncomingMessage } from "node:http"
import { afterEach, describe, expect, test, vi } from "vitest"
import { openAnswer } from "../../src/http/openAnswer.ts"
import { publicLookup } from "../../src/http/publicAddress.ts"

/** What names resolve to, the first time, the second, … */
const names = vi.hoisted(() => new Map<string, LookupAddress[][]>())
/** Where addresses redirect to; what is asked for is noted, and nothing leaves this machine. */
const web = vi.hoisted(() => ({ redirects: new Map<string, string>(), asked: [] as string[] }))

vi.mock("node:dns", () => ({
  lookup: (name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    const answers = names.get(name)!
    done(null, answers.length > 1 ? answers.shift()! : answers[0]!)
  },
}))

vi.mock("node:http", () => ({
  get: (url: URL, _options: unknown, done: (answer: Partial<IncomingMessage>) => void) => {
    web.asked.push(url.href)
    const location = web.redirects.get(url.href)
    const headers = location === undefined ? {} : { location }
    queueMicrotask(() =>
      done({ statusCode: location === undefined ? 200 : 302, headers, destroy: () => undefined as never }),
    )
    return new EventEmitter()
  },
}))

afterEach(() => {
  names.clear()
  web.redirects.clear()
  web.asked.length = 0
})

const open = (url: string) =>
  openAnswer(url, { headers: {}, allowPrivate: false, signal: new AbortController().signal })

describe("a public server that redirects", () => {
  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.1.1:8080/admin",
  ])("to %s is not followed", async (location) => {
    web.redirects.set("http://93.184.216.34/a.jpg", location)
    await expect(open("http://93.184.216.34/a.jpg")).rejects.toMatchObject({ code: "EPRIVATE" })
    expect(web.asked).toEqual(["http://93.184.216.34/a.jpg"])
  })

  test("to another protocol is not followed, to another public server is", async () => {
    web.redirects.set("http://93.184.216.34/a.jpg", "file:///etc/passwd")
    await expect(open("http://93.184.216.34/a.jpg")).rejects.toThrow("not an http or https address")
    web.redirects.set("http://93.184.216.34/a.jpg", "http://8.8.8.8/b.jpg")
    expect(await open("http://93.184.216.34/a.jpg")).toMatchObject({ statusCode: 200 })
  })
})

describe("a name", () => {
  const resolved = (name: string, all: boolean) =>
    new Promise<unknown>((done, fail) =>
      publicLookup(name, { all }, (error, found) => (error === null ? done(found) : fail(error))),
    )

  test("that stands for a private address is refused, also where it stands for public ones too", async () => {
    names.set("inside.test", [[{ address: "10.0.0.7", family: 4 }]])
    names.set("both.test", [
      [
        { address: "93.184.216.34", family: 4 },
        { address: "::1", family: 6 },
      ],
    ])
    await expect(resolved("inside.test", false)).rejects.toMatchObject({ code: "EPRIVATE" })
    await expect(resolved("both.test", true)).rejects.toMatchObject({ code: "EPRIVATE" })
  })

  test("that answers differently the next time gains nothing: the connection goes to what was checked", async () => {
    names.set("turns.test", [[{ address: "93.184.216.34", family: 4 }], [{ address: "127.0.0.1", family: 4 }]])
    expect(await resolved("turns.test", false)).toBe("93.184.216.34")
    await expect(resolved("turns.test", false)).rejects.toMatchObject({ code: "EPRIVATE" })
  })
})
