// The variables that select and reach the database and the cache; the original's names among them.
import type { Variable } from './variable.ts'

export const storeVariables = {
  DATA_DIR: {
    type: 'text',
    group: 'Data',
    defaultText: '`./data`, in the image `/app/data`',
    about: 'Directory of the database, of `secrets.json` and of the set-up link.',
  },
  SNAPSHOT_FILE: {
    type: 'boolean',
    default: true,
    group: 'Data',
    about:
      'Keeps a sealed copy of the configuration in `<DATA_DIR>/snapshot.bin`, from which a gateway starts while its MySQL or PostgreSQL is away. Without effect with SQLite.',
  },
  DB_TYPE: {
    type: 'choice',
    choices: ['sqlite', 'mysql', 'postgres'],
    original: true,
    group: 'Data',
    defaultText: 'from the variables below, else `sqlite`',
    about: 'Database; the build must carry its driver.',
  },
  DATABASE_PATH: { type: 'text', original: true, group: 'Data', defaultText: '`<DATA_DIR>/core.db`', about: 'File of the SQLite database.' },
  DATABASE_URL: {
    type: 'secret',
    charsMin: 0,
    original: true,
    group: 'Data',
    about: '`sqlite:/path`, `mysql://…`, `postgres://…` or a Go DSN `user:password@tcp(host:3306)/name`.',
  },
  DB_HOST: { type: 'text', aliases: ['MYSQL_HOST', 'MYSQL_DB_HOST'], original: true, group: 'Data', defaultText: '`localhost`', about: 'Database server.' },
  DB_PORT: { type: 'port', original: true, group: 'Data', defaultText: '3306, for PostgreSQL 5432', about: 'Port of the database server.' },
  DB_USER: { type: 'text', original: true, group: 'Data', about: 'User at the database server.' },
  DB_PASSWORD: { type: 'secret', charsMin: 0, original: true, group: 'Data', about: 'Password at the database server.' },
  DB_NAME: { type: 'text', default: 'api_key_rotator', original: true, group: 'Data', about: 'Name of the database.' },
  DB_SSL: { type: 'boolean', default: false, group: 'Data', about: 'TLS to the database server.' },
  DB_POOL_MAX: { type: 'integer', min: 1, max: 1000, group: 'Data', defaultText: "the driver's", about: 'Connections to the database server.' },
  CACHE_TYPE: {
    type: 'choice',
    choices: ['memory', 'redis'],
    original: true,
    group: 'Data',
    defaultText: 'from the variables below, else `memory`',
    about: 'Cache; the build must carry its driver.',
  },
  CACHE_URL: { type: 'secret', charsMin: 0, group: 'Data', about: '`memory:?entriesMax=100000` or `redis://…`.' },
  REDIS_URL: { type: 'secret', charsMin: 0, original: true, group: 'Data', about: '`redis://[user:password@]host:port/db`.' },
  REDIS_HOST: { type: 'text', original: true, group: 'Data', defaultText: '`localhost`', about: 'Redis server.' },
  REDIS_PORT: { type: 'port', original: true, group: 'Data', defaultText: '6379', about: 'Port of the Redis server.' },
  REDIS_USERNAME: { type: 'text', group: 'Data', about: 'User at the Redis server.' },
  REDIS_PASSWORD: { type: 'secret', charsMin: 0, original: true, group: 'Data', about: 'Password at the Redis server.' },
  REDIS_DB: { type: 'integer', min: 0, max: 65535, default: 0, original: true, group: 'Data', about: 'Number of the Redis database.' },
  REDIS_TLS: { type: 'boolean', default: false, group: 'Data', about: 'TLS to the Redis server.' },
  REDIS_KEY_PREFIX: { type: 'text', default: 'akr:', group: 'Data', about: 'Put before every key in Redis.' },
} as const satisfies Record<string, Variable>
