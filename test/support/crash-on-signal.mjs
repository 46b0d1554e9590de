// Preloaded into a gateway under test: SIGUSR2 makes it throw where nobody catches, as a bug would.
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('thrown by the test')
  })
})
