// Whether all of the laboratory's runs are wanted (`npm run test:faults`), or the part of them that every change is held to.
export const isWide = process.env.FAULTS_WIDE === 'true';
