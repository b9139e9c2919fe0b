import { configureGlobal } from "fast-check"

configureGlobal({ seed: 20240724 })
