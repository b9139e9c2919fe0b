declare module "virtual:declarations" {
  const declarations: Readonly<Record<string, string>>
  export default declarations
}
declare module "*?worker&url" {
  const url: string
  export default url
}
