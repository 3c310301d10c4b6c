# One image for the head, the workers and drivers; the command says which.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY head head
COPY worker worker
COPY scripts scripts
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY examples examples
COPY models models
RUN ln -s /app/bin/ray-ts.js /usr/local/bin/ray-ts
USER node
CMD ["ray-ts", "--help"]
