// Writes the types of the management API for the web UI, from the declarations that serve it.
import openapiTS, { astToString } from 'openapi-typescript'
import { createManagementRoutes } from '../src/http/management/routes.ts'
import { createOpenApiDocument } from '../src/http/openapi.ts'

/** Declarations hold on to their services and call none of them before a request comes. */
const NO_SERVICES = new Proxy({}, { get: (_, name) => (name === 'cors' ? undefined : NO_SERVICES) }) as never

/** The text of ui/src/api/schema.d.ts. */
export async function renderApiTypes(): Promise<string> {
  const document = createOpenApiDocument(createManagementRoutes(NO_SERVICES), '0.0.0')
  const nodes = await openapiTS(document as unknown as Parameters<typeof openapiTS>[0], { alphabetize: true })
  return `// Written by \`make docs\` from the declarations of the management API.\n${astToString(nodes)}`
}
