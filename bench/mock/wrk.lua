-- What every contender is asked, and one line of JSON with what came back.
local body = '{"model":"gpt-4o-mini","temperature":0.2,"messages":[{"role":"system","content":"You answer briefly and in plain words."},{"role":"user","content":"'
  .. string.rep('Explain what a gateway does. ', 12) .. '"}]}'
wrk.method = 'POST'
wrk.body = body
wrk.headers['Content-Type'] = 'application/json'
wrk.headers['Accept'] = 'application/json'
wrk.headers['User-Agent'] = 'OpenAI/JS 6.49.0'
wrk.headers['X-Stainless-Lang'] = 'js'
wrk.headers['X-Stainless-Runtime'] = 'node'
wrk.headers['Authorization'] = 'Bearer ' .. (os.getenv('CLIENT_KEY') or 'none')
local portkey = os.getenv('PORTKEY_HOST')
if portkey then
  wrk.headers['x-portkey-provider'] = 'openai'
  wrk.headers['x-portkey-custom-host'] = portkey
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"bytes":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), e.connect, e.read, e.write, e.status, e.timeout, summary.bytes))
end
