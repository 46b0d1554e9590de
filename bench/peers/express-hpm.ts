// The usual way to build this: Express 5 with http-proxy-middleware 4 (and its own keep-alive agent), one fixed key.
// Environment: PORT, UPSTREAM (origin), UPSTREAM_KEY.
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'

const app = express()
app.use(
  createProxyMiddleware({
    target: process.env.UPSTREAM ?? 'http://127.0.0.1:9100',
    changeOrigin: true,
    headers: { authorization: `Bearer ${process.env.UPSTREAM_KEY ?? ''}` },
  }),
)
app.listen(Number(process.env.PORT ?? 9102), '127.0.0.1')
