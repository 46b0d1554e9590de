// Every adapter of the list keeps the contract.
import { expect, test } from '@jest/globals'
import { ADAPTERS, findAdapter } from '../../src/adapters/index.ts'
import { describeAdapterContract } from '../contracts/adapter.contract.ts'

for (const adapter of ADAPTERS) describeAdapterContract(adapter)

test('names are unique and found, exactly as written', () => {
  expect(new Set(ADAPTERS.map(({ name }) => name)).size).toBe(ADAPTERS.length)
  for (const adapter of ADAPTERS) expect(findAdapter(adapter.name)).toBe(adapter)
  for (const name of ['', 'OpenAI', 'constructor', 'unknown']) expect(findAdapter(name)).toBeUndefined()
})
