// What the digester and the password hasher promise.
import { createHmac } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { createDigester } from '../../src/infrastructure/crypto/digester.ts'
import { createPasswordHasher } from '../../src/infrastructure/crypto/password-hasher.ts'
import { limits } from '../../src/limits.ts'

test('digests are HMAC-SHA-256 with the pepper, and depend on it', () => {
  const digester = createDigester(new Secret('pepper'))
  const expected = createHmac('sha256', 'pepper').update('sk-akr-1').digest('hex')
  expect(digester.clientKeyDigest('sk-akr-1')).toBe(expected)
  expect(digester.upstreamKeyDigest(new Secret('sk-akr-1'))).toBe(expected)
  expect(digester.fingerprint(new Secret('sk-akr-1'))).toBe(expected.slice(0, 12))
  expect(createDigester(new Secret('salt')).clientKeyDigest('sk-akr-1')).not.toBe(expected)
})

test('an empty pepper is refused', () => {
  expect(() => createDigester(new Secret(''))).toThrow(/pepper .* is empty/)
})

test('passwords are hashed with argon2id m=19456 t=2 p=1 and verified', async () => {
  const hasher = createPasswordHasher()
  const hash = await hasher.hash(new Secret('correct horse battery'))
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await hasher.verify(new Secret('correct horse battery'), hash)).toBe(true)
  expect(await hasher.verify(new Secret('correct horse batterz'), hash)).toBe(false)
  expect(await hasher.verify(new Secret('correct horse battery'), 'no hash at all')).toBe(false)
})

test('more sign-ins than the queue holds are turned away, the others are all served', async () => {
  const hasher = createPasswordHasher()
  const places = limits.passwordHashesParallel + limits.passwordHashesQueued
  const results = await Promise.allSettled(Array.from({ length: places + 10 }, () => hasher.verify(new Secret('x'), 'no hash at all')))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(places)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused.map((result) => (result.reason as { code: string }).code)).toEqual(Array.from({ length: 10 }, () => 'overloaded'))
  expect(await hasher.verify(new Secret('x'), 'no hash at all')).toBe(false)
})
