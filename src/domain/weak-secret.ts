// Tells secrets that everybody knows or can guess from ones that protect something. Never quotes the value.

/** Values found in the examples and defaults of this product's family, of its peers, of databases, and in lists of common passwords. */
const KNOWN = new Set(
  `
  admin123 your-secret-key your-global-proxy-key your_secure_global_proxy_key your_admin_password your_admin_password_here
  your_very_secret_and_random_jwt_key your-jwt-secret your_jwt_secret_key your-secret-key-here your-super-secret-key
  your-super-secret-jwt-key your-256-bit-secret your-encryption-key your_encryption_key_here your-api-key your_api_key_here
  your-password yourpassword your_password_here your-token your_token_here your-master-key your-proxy-key your-client-key
  changeme change-me change_me_please changeit change-this change-this-secret change-this-in-production change-this-password
  change_this_to_a_random_string changemeinproduction please-change-me pleasechangeme replace-me replaceme replace_with_secret
  replace-with-a-random-string replace_this_value insert-secret-here put-your-secret-here fill-me-in todo fixme tbd placeholder
  secret secret1 secret123 secretkey secret-key secret_key my-secret mysecret my-secret-key mysecretkey my-super-secret-key
  supersecret super-secret super-secret-key super_secret_key supersecretkey supersecretpassword supersecretjwt topsecret top-secret
  jwt jwt-secret jwt_secret jwtsecret jwt-secret-key jwt_secret_key jwtsecretkey this-is-a-secret thisisasecret
  this_is_a_very_secret_key this-is-a-very-long-secret-key session-secret session_secret sessionsecret cookie-secret keyboard-cat
  keyboardcat encryption-key encryption_key encryptionkey master-key masterkey master_key default default-key default-secret
  default_secret_key defaultpassword example example-key example-secret example_secret_key sample sample-key sample-secret demo
  demo-key demo-secret test test-key test-secret test123 test1234 testing testpassword testkey dev dev-key dev-secret
  dev-secret-key development development-secret local localhost insecure insecure-key insecure-secret not-a-secret notasecret
  admin administrator admin1 admin12 admin1234 admin12345 admin123456 admin888 admin@123 adminadmin adminpass adminpassword
  admin_password admin-password root root123 root1234 rootroot rootpassword toor superuser sysadmin user user123 username guest
  guest123 operator viewer manager support service anonymous nobody public private
  sk-123456 sk-gateway sk-proxy sk-test sk-1234 sk-12345 sk-12345678 sk-123456789 sk-1234567890 sk-anything sk-litellm sk-litellm-master-key
  sk-master sk-admin sk-dummy sk-fake sk-none sk-xxx sk-local sk-no-key-required litellm litellm-master-key
  portkey gpt-load one-api oneapi new-api newapi bifrost kong apisix edd1c9f034335f136f87ad84b625c8f1 helicone langfuse openwebui
  open-webui t0p-s3cr3t chatgpt openai anthropic gemini api-key apikey api_key proxy proxy-key proxykey proxy_key global-proxy-key
  global-key gateway gateway-key gatewaykey client-key api-key-rotator apikeyrotator akr
  password password1 password12 password123 password1234 password12345 password! password1! passw0rd p@ssw0rd p@ssword pa$$word
  p@ssw0rd123 pass pass123 pass1234 passwd passphrase mypassword mypassword123 newpassword newpass temppassword temp temp123
  12345 123456 1234567 12345678 123456789 1234567890 12345678910 123456789012 1234567890123456 0123456789 0123456789abcdef 987654321
  654321 111111 000000 123123 123321 112233 121212 666666 888888 88888888 999999 00000000 11111111 12341234 147258369 159753 1q2w3e
  1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc qwerty qwerty1 qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyuiop qwertyuiop123
  qazwsx qazwsxedc zaq12wsx asdfgh asdfghjkl asdf1234 zxcvbn zxcvbnm abc123 abcd1234 abc12345 abcdef abcdefgh abcdefghijklmnop a1b2c3d4
  iloveyou letmein letmein123 welcome welcome1 welcome123 login monkey dragon sunshine princess football baseball shadow master
  superman batman trustno1 starwars whatever freedom hello hello123 helloworld hunter2 correcthorsebatterystaple computer internet
  foobar foobarbaz foo bar baz qux lorem loremipsum asdf null undefined none nil true false empty n/a na unset string value key token
  mysql mysql123 mysqlpassword postgres postgres123 postgrespassword redis redispassword database dbpassword db_password
  woaini5201314 5201314 woaini a123456 a123456789 aa123456 qq123456
  `
    .trim()
    .split(/\s+/)
    .map(normalize),
)

const PLACEHOLDER =
  /^(your|change|replace|insert|putyour|enter|example|placeholder).*(secret|key|password|token|string|value|random|me|here)|^[<{$].*[>}]$|^x+$/

/** Random text has well over 3 bits a character, words about 2.5; short random text cannot have more than log2 of its length. */
function bitsMin(chars: number): number {
  return chars * Math.min(2.5, 0.6 * Math.log2(chars))
}

/**
 * Why this value must not protect anything, or undefined when nothing is wrong with it.
 * The answer completes the sentence "<variable> …" and never contains the value.
 * @param minChars fewest characters that are accepted
 */
export function weakSecretReason(value: string, minChars: number): string | undefined {
  const plain = normalize(value)
  if (KNOWN.has(plain) || PLACEHOLDER.test(plain)) return 'is a well-known example or default value'
  if (value.length < minChars) return `is too short: ${value.length} of at least ${minChars} characters`
  if (isRepetition(value)) return 'repeats itself and is easy to guess'
  if (isSequence(value)) return 'is a simple sequence and is easy to guess'
  if (entropyBits(value) < bitsMin(minChars)) return 'has too few different characters and is easy to guess'
  return undefined
}

function normalize(value: string): string {
  return value.toLowerCase().replace(/[\s_-]/g, '')
}

/** One block, repeated twice or more. */
function isRepetition(value: string): boolean {
  return value.length > 1 && (value + value).indexOf(value, 1) < value.length
}

/** Most neighbours differ by 0 or 1, as in `abcdefgh` or `11112222`. */
function isSequence(value: string): boolean {
  let near = 0
  for (let i = 1; i < value.length; i++) {
    if (Math.abs(value.charCodeAt(i) - value.charCodeAt(i - 1)) <= 1) near++
  }
  return value.length > 1 && near / (value.length - 1) > 0.6
}

/** Shannon entropy of the characters, times the length. */
function entropyBits(value: string): number {
  const counts = new Map<string, number>()
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / value.length)
  return bits
}
