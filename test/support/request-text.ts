// Owns the text of a request as it goes onto the wire.

/** The text of a request; Host and, with a body, Content-Length are added when missing. */
export function requestText(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const lines = [`${method} ${target} HTTP/1.1`]
  if (!names.includes('host')) lines.push('Host: gateway.test')
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== '' && !names.includes('content-length') && !names.includes('transfer-encoding'))
    lines.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
