// Owns throw-away X.509 certificates of any kind, made here with node:crypto so that no tool and no stored key is needed.
import { createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'

export interface CertificateOptions {
  readonly commonName: string
  readonly dnsNames?: readonly string[]
  /** IPv4. */
  readonly addresses?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isAuthority?: boolean
}

export interface Certificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS#8. */
  readonly key: string
}

interface Issuer {
  readonly commonName: string
  readonly privateKey: KeyObject
}

const OID = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const

function der(tag: number, ...parts: (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const size = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts)
const oid = (bytes: readonly number[]): Buffer => der(0x06, bytes)
const name = (commonName: string): Buffer => sequence(der(0x31, sequence(oid(OID.commonName), der(0x0c, Buffer.from(commonName)))))
const time = (date: Date): Buffer => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]/g, '').replace(/\.\d+/, '')))
const bits = (bytes: Buffer): Buffer => der(0x03, [0], bytes)

function extensions(options: CertificateOptions): Buffer {
  const alternatives = [
    ...(options.dnsNames ?? []).map((dns) => der(0x82, Buffer.from(dns))),
    ...(options.addresses ?? []).map((address) => der(0x87, address.split('.').map(Number))),
  ]
  const list = [sequence(oid(OID.basicConstraints), der(0x01, [0xff]), der(0x04, sequence(...(options.isAuthority === true ? [der(0x01, [0xff])] : []))))]
  if (alternatives.length > 0) list.push(sequence(oid(OID.subjectAltName), der(0x04, sequence(...alternatives))))
  return der(0xa3, sequence(...list))
}

function issue(options: CertificateOptions, issuer: Issuer | undefined): Certificate & { readonly privateKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const day = 24 * 3_600_000
  const algorithm = sequence(oid(OID.ecdsaSha256))
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [1, ...randomBytes(8)]),
    algorithm,
    name(issuer?.commonName ?? options.commonName),
    sequence(time(options.notBefore ?? new Date(Date.now() - day)), time(options.notAfter ?? new Date(Date.now() + day))),
    name(options.commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(options),
  )
  const signature = createSign('sha256')
    .update(body)
    .sign(issuer?.privateKey ?? privateKey)
  const whole = sequence(body, algorithm, bits(signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
  }
}

export interface Authority {
  /** PEM; trust this (NODE_EXTRA_CA_CERTS). */
  readonly cert: string
  issue(options: CertificateOptions): Certificate
}

export function createAuthority(): Authority {
  const commonName = `chaos authority ${randomBytes(4).toString('hex')}`
  const own = issue({ commonName, isAuthority: true }, undefined)
  return { cert: own.cert, issue: (options) => issue(options, { commonName, privateKey: own.privateKey }) }
}

export function createSelfSigned(options: CertificateOptions): Certificate {
  return issue(options, undefined)
}
