class Daypass: pass
