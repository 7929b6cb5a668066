package dev.tern.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tern`: what it is for, and what it returns. [CommandLines] adds the commands.
@Command(
    name = "tern",
    description = "1-bit large language models on the JVM.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:a defect of Tern; of diff: the models differ; of convert --verify: more was lost than asked for",
      "2:wrong options, or a prompt that does not fit; of diff: any error",
      "3:a file that cannot be read or written, or is damaged",
      "4:a model that Tern does not support",
      "5:a model, or the training engine, that could not be found or fetched",
      "6:a check found something wrong; of train: the loss is no longer a number",
      "7:not enough memory",
      "130:stopped by Ctrl-C",
      "141:whoever read the output went away",
      "143:stopped by a request to terminate"
    },
    footer = {
      "",
      "Environment: JAVA_HOME (which Java), TERN_JAVA_OPTS (options for it), TERN_DEBUG=1 (log, and show where errors come from).",
      "For models by name: HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE, HTTPS_PROXY, NO_PROXY, and TERN_HOME (for your own models.ini).",
      "For training: XDG_CACHE_HOME (where PyTorch is kept), TERN_MAVEN_REPOSITORY (where it is fetched), PYTORCH_LIBRARY_PATH (a libtorch of your own)."
    })
final class TernCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing, for example: tern run model.gguf \"Once upon a time\"");
  }
}
