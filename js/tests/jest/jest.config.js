module.exports = { globalSetup: "dynatape/setup" };
