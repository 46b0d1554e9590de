// The address of an error tracker, as its projects hand it out: `https://<public key>@<host>/<path>/<project>`.

export interface ReportAddress {
  /** Where envelopes are posted. */
  readonly url: string
  readonly publicKey: string
}

/** undefined when the text is no such address. */
export function parseReportAddress(text: string): ReportAddress | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, username, host, pathname } = new URL(text)
  const [, path, project] = /^(.*)\/(\w+)\/?$/.exec(pathname) ?? []
  if ((protocol !== 'https:' && protocol !== 'http:') || username === '' || path === undefined || project === undefined) return undefined
  return { url: `${protocol}//${host}${path}/api/${project}/envelope/`, publicKey: username }
}
