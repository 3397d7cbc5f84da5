using System.Net;
using System.Net.Sockets;

namespace NotifyQuery.AppHost;

/// <summary>A port of "localhost", which is 127.0.0.1 and ::1: a server that finds it taken on one of them does not start.</summary>
internal static class LoopbackPort
{
    /// <summary>Whether a server can listen on this port.</summary>
    public static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // IPv6 may be compiled in but disabled: then no server can listen there, and none tries to.
            return exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }
}
