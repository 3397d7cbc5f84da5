return await NotifyQuery.Tools.CommandLine.RunAsync(args);
