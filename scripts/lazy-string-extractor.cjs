/**
 * Stands in for msgpackr-extract in what is built: the same native function, which makes reading of many strings twice as
 * fast, loaded when a value first needs it. Where there is no binary for the platform, the error tells msgpackr to do without.
 */
const { createRequire } = require('node:module');

let extract = (...args) => {
  extract = loadExtract();
  return extract(...args);
};

function loadExtract() {
  try {
    return createRequire(__filename)('msgpackr-extract').extractStrings;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

exports.extractStrings = (...args) => extract(...args);
