// Run once by the image, on an empty database: the nodes' user, who may read and write one database and nothing else.
db.getSiblingDB('palabre').createUser({
  user: 'palabre',
  pwd: process.env.PALABRE_PASSWORD,
  roles: [{ role: 'readWrite', db: 'palabre' }],
})
